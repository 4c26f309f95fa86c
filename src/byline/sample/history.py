"""Play a plan into a recorder: main, side branches with merges, reverts, tags and a release branch.

Invariant: times never go back; a side branch and main touch different files while both are open, so
that every merge but the conflict scenes is the merge git would make.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime

from byline.sample.company import RepositoryFacts
from byline.sample.dice import Dice
from byline.sample.fast_import import Commit, Recorder, Signature
from byline.sample.fixtures import common_files
from byline.sample.messages import message
from byline.sample.people import Person, identity_at, person
from byline.sample.plan import Plan
from byline.sample.scenes import LIMITS, Topic, conflict_texts, topics
from byline.sample.tasks import Task, author_at, day_of, moment
from byline.sample.tree import File, Tree, merged, whole, with_files
from byline.sample.words import NOUNS, VERBS

_SUMMER = range(4, 11)
_HUB = ("GitHub", "noreply@github.com")


@dataclass
class _Story:
    """The state of one repository while its plan is played."""

    facts: RepositoryFacts
    recorder: Recorder
    dice: Dice
    tip: Commit
    clock: int
    made: dict[str, Commit] = field(default_factory=dict)
    release: Commit | None = None
    num_merges: int = 0
    num_releases: int = 0


def play(plan: Plan, recorder: Recorder, *, seed: int) -> tuple[Commit, dict[str, Commit]]:
    """Record a plan; return the head of main and the commits that tasks named by key."""
    story = _begin(plan, recorder, seed)
    tasks = plan.tasks
    place = 0
    while place < len(tasks):
        window = _window(tasks, place, story.dice)
        if len(window) > 2:
            _branch(story, window)
            place += len(window)
        else:
            _step(story, tasks[place])
            place += 1
    recorder.point("refs/heads/main", story.tip)
    if story.release:
        recorder.point("refs/heads/release/1", story.release)
    return story.tip, story.made


def _begin(plan: Plan, recorder: Recorder, seed: int) -> _Story:
    facts = plan.facts
    dice = Dice(f"{seed}:{facts.name}:history")
    when = moment(facts.start, dice)
    author = person(author_at(facts, when, dice))
    who = signature(author, when, 1.0)
    tree = with_files({}, common_files(facts.name, facts.summary))
    first = recorder.commit(
        tree, parents=(), author=who, committer=who, message=f"Start {facts.name}"
    )
    return _Story(facts, recorder, dice, first, when)


def signature(who: Person, when: int, roll: float, *, hub: bool = False) -> Signature:
    """Return who and when as git keeps it; `roll` in 0..1 picks among the person's names."""
    name, email = _HUB if hub else identity_at(who, day_of(when), roll)
    return Signature(name, email, when, offset(who, when))


def offset(who: Person, when: int) -> str:
    """Return the offset of a person's clock, such as `+0200`."""
    summer = datetime.fromtimestamp(when, tz=UTC).month in _SUMMER
    if who.country == "US":
        east = sum(map(ord, who.id)) % 2 == 0
        return ("-0400" if summer else "-0500") if east else ("-0700" if summer else "-0800")
    if not who.country:
        return "+0000"
    return "+0200" if summer else "+0100"


def _tick(story: _Story, when: int) -> int:
    story.clock = max(story.clock + 60, when)
    return story.clock


def _commit(story: _Story, task: Task, parent: Commit) -> Commit:
    when = _tick(story, task.when)
    author = person(task.author)
    who = signature(author, when, story.dice.random())
    committer = who
    if author.population == "outsider":
        committer = signature(person(author_at(story.facts, when, story.dice)), when, 1.0)
    return story.recorder.commit(
        task.change(parent.tree),
        parents=(parent,),
        author=who,
        committer=committer,
        message=_words(story, task, author),
    )


def _words(story: _Story, task: Task, author: Person) -> str:
    if task.reverts:
        undone = story.made[task.reverts]
        return f'Revert "{undone.message.splitlines()[0]}"\n\nThis reverts commit {undone.oid}.'
    if task.exact:
        return task.subject
    first = min(task.touches, default="repo")
    area = first.rsplit("/", maxsplit=1)[-1].split(".", maxsplit=1)[0]
    return message(
        task.subject, kind=task.kind, area=area, author=author, dice=story.dice, note=task.note
    )


def _step(story: _Story, task: Task) -> None:
    """Play one task on main."""
    if task.special:
        {"octopus": _octopus, "conflict": _conflict, "release": _release, "tag": _tag}[
            task.special
        ](story, task)
    elif task.picks:
        _pick(story, task)
    else:
        story.tip = _commit(story, task, story.tip)
        if task.key:
            story.made[task.key] = story.tip


def _window(tasks: tuple[Task, ...], place: int, dice: Dice) -> tuple[Task, ...]:
    """Return the tasks that happen while a side branch is open (mostly none)."""
    if dice.random() > 0.12:
        return ()
    end = place
    while end < min(place + dice.randrange(4, 10), len(tasks)) and not tasks[end].solo:
        end += 1
    return tasks[place:end]


def _branch(story: _Story, window: tuple[Task, ...]) -> None:
    """Play tasks on main and on a side branch, each file on one side only, and merge."""
    base = main = side = story.tip
    sides: dict[str, bool] = {}
    for number, task in enumerate(window):
        known = {sides[identity] for identity in task.touches if identity in sides}
        to_side = known.pop() if known else number == 0 or story.dice.random() < 0.6
        if to_side:
            side = made = _commit(story, task, side)
        else:
            main = made = _commit(story, task, main)
        sides.update(dict.fromkeys(task.touches, to_side))
        if task.key:
            story.made[task.key] = made
    story.tip = main
    tree = merged(base.tree, main.tree, side.tree)
    _merge(story, [main, side], tree, window[0].author)


def _merge(story: _Story, parents: list[Commit], tree: Tree, owner: str, words: str = "") -> None:
    when = _tick(story, story.clock + story.dice.randrange(600, 7200))
    author = person(author_at(story.facts, when, story.dice))
    topic = f"{story.dice.pick(VERBS)}-{story.dice.pick(NOUNS)}s"
    hub = story.dice.random() < 0.5
    story.num_merges += 1
    login = person(owner).email.split("@")[0]
    text = words or (
        f"Merge pull request #{story.num_merges * 3 + 4} from {login}/{topic}\n\n"
        f"{topic.replace('-', ' ')}"
        if hub
        else f"Merge branch 'feature/{topic}'"
    )
    story.tip = story.recorder.commit(
        tree,
        parents=parents,
        author=signature(author, when, 1.0),
        committer=signature(author, when, 1.0, hub=hub and not words),
        message=text,
    )


def _octopus(story: _Story, task: Task) -> None:
    """Three topic branches from one commit, merged at once."""
    base, tips, tree = story.tip, [story.tip], story.tip.tree
    made: list[Topic] = topics(story.facts.name, story.dice)
    for topic in made:
        file = whole(topic.path, topic.text)
        step = Task(
            task.when, task.author, topic.subject, _adding(file), frozenset([topic.path]), "docs"
        )
        tips.append(_commit(story, step, base))
        tree = with_files(tree, [file])
    names = ", ".join(f"'docs/{topic.name}'" for topic in made[:-1])
    words = f"Merge branches {names} and 'docs/{made[-1].name}'"
    _merge(story, tips, tree, task.author, words)


def _adding(file: File) -> Callable[[Tree], Tree]:
    return lambda tree: with_files(tree, [file])


def _conflict(story: _Story, task: Task) -> None:
    """Both sides change the same line; the merge settles it."""
    base = story.tip
    ours, theirs, settled = conflict_texts(story.dice)
    commits = []
    for text, subject in ((ours, "Raise the batch limit"), (theirs, "Lower the retry budget")):
        file = whole(LIMITS, text)
        author = author_at(story.facts, task.when, story.dice)
        step = Task(task.when, author, subject, _adding(file), frozenset([LIMITS]), "chore")
        commits.append(_commit(story, step, base))
    tree = with_files(base.tree, [whole(LIMITS, settled)])
    words = f"Merge branch 'fix/limits'\n\n# Conflicts:\n#\t{LIMITS}"
    _merge(story, commits, tree, task.author, words)


def _release(story: _Story, task: Task) -> None:
    """A release branch with its own commit and an annotated tag."""
    file = whole("VERSION", "1.0.0\n")
    step = Task(
        task.when,
        task.author,
        "Prepare release 1",
        _adding(file),
        frozenset(["VERSION"]),
        exact=True,
    )
    story.release = _commit(story, step, story.tip)
    who = signature(person(task.author), story.clock, 1.0)
    story.recorder.tag("v1.0.0", story.release, tagger=who, message="Release 1.0.0\n")


def _pick(story: _Story, task: Task) -> None:
    """Carry a commit of main over to the release branch."""
    if story.release is None:
        return
    source = story.made[task.picks]
    when = _tick(story, task.when)
    who = signature(person(author_at(story.facts, when, story.dice)), when, 1.0)
    words = f"{source.message}\n\n(cherry picked from commit {source.oid})"
    story.release = story.recorder.commit(
        task.change(story.release.tree),
        parents=(story.release,),
        author=source.author,
        committer=who,
        message=words,
    )


def _tag(story: _Story, task: Task) -> None:
    """A plain tag on main."""
    story.num_releases += 1
    story.recorder.point(f"refs/tags/build-{day_of(task.when)}", story.tip)
