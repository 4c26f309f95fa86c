"""Verbs that a commit's subject begins with when it says what the commit does."""

from typing import Final

WORDS: Final = """
    abort abstract accept access account activate adapt add address adjust adopt advance align
    allow alter amend analyse analyze annotate answer append apply archive arrange ask assert
    assign assume attach attempt audit avoid back backport bail balance base batch begin bind
    block boost bound break bring broaden buffer build bypass cache calculate call cancel cap
    capture carry cast catch centralise centralize change check choose clamp clarify clean clear
    clone close collapse collect colour combine compare compile complete compress compute
    configure confirm connect consider consolidate constrain consume continue convert copy
    correct count cover create cut deal debounce declare decode decouple decrease dedupe
    deduplicate default defer define delay delegate delete deny deprecate derive describe
    deserialise deserialize detect determine differentiate disable disallow discard dispatch
    display distinguish do document downgrade drop dump duplicate emit enable encode encrypt
    enforce enhance enlarge ensure escape establish evaluate exclude execute exempt exit expand
    expect explain export expose extend extract fail fall fetch fill filter finalise finalize
    find finish fix flatten flip flush fold follow forbid force format forward free freeze
    gather generalise generalize generate get give go group guard guess handle harden hide
    highlight hold honor honour hook identify ignore implement import improve include increase
    increment indent index infer inherit initialise initialize inject inline insert inspect
    install instrument integrate interpret introduce invalidate invert invoke isolate iterate
    join keep kill label leave let lift limit link lint list load localise localize lock log
    look loosen lower make manage map mark mask match measure memoise memoize merge migrate
    minimise minimize mirror mock modernise modernize modify monitor mount move name narrow
    negate normalise normalize note notify obey observe omit open optimise optimize order
    organise organize override overwrite pack pad parallelise parallelize parameterise
    parameterize parse partition pass patch pause perform permit persist pick pin place plug
    point poll pool populate port post postpone precompute prefer prefix prepare present
    preserve prevent print prioritise prioritize process produce prohibit promote propagate
    protect provide prune publish pull purge push put quit quote raise randomise randomize read
    rearrange rebuild recalculate receive recognise recognize recompute reconcile record recover
    redirect redo reduce refactor refer reference refine reflect refresh refuse regenerate
    register reimplement reinstate reject relax release reload relocate remember remove rename
    render reopen reorder reorganise reorganize repair repeat replace report represent request
    require rerun reserve reset resolve respect respond restart restore restrict restructure
    resume retain retire retrieve retry return reuse review revise rework rewrite roll rotate
    round route run sanitise sanitize save scale scan schedule scope search seed select send
    separate serialise serialize serve set setup share shift shorten show shrink silence
    simplify skip sleep slice smooth snapshot sort specify speed split spread squash stabilise
    stabilize stage standardise standardize start state stop store stream streamline strengthen
    strip structure style submit subscribe substitute suggest support suppress surface suspend
    swap switch sync synchronise synchronize take target teach tell terminate test throttle
    throw tidy tighten time toggle tolerate touch trace track transfer transform translate treat
    trigger trim truncate try tune turn tweak type unblock undo unify uninstall unlock unpack
    unregister unroll untangle unwrap update upgrade upload use validate verify view wait walk
    warn watch widen wire wrap write yield zero
    """
IMPERATIVES: Final = frozenset(WORDS.split())
"""In both spellings of English. CommitPackFT (arXiv 2308.07124) uses about 250 such verbs."""


def is_imperative(word: str) -> bool:
    """Whether a subject's first word tells to do something."""
    return word.strip(".,:;!?'\"`()").lower().partition("-")[0] in IMPERATIVES
