"""The account of a release in words: each reason, its sentence, and how much it holds back."""

from collections.abc import Mapping
from dataclasses import dataclass

from byline.release.selection import INCLUDED
from byline.terms.reasons import REASONS

TERMS = "terms: "
QUALITY = "quality: "
MESSAGE = "message: "
SENTENCES = {
    INCLUDED: "In the release.",
    "third_party_copy": "A copy of a file of the third-party corpus: whoever committed it did not "
    "write it.",
    "generated": "Generated: nobody's writing is learned from it.",
    "too_short": "Too short a run to learn from.",
    "duplicate_exact": "The same text is in the release already; the earliest is kept.",
    "duplicate_near": "Almost the same text is in the release already; the earliest is kept.",
    "repeats_held_out": "It repeats work that is held out to measure by.",
    "contaminated": "It holds a text of a benchmark that models are measured with.",
    "cap_person": "One person would have written too much of what this recipe teaches.",
    "reverted": "It was taken back soon after.",
    "contains_markers": "It contains the marks that edits are written with.",
    "encoded": "It holds encoded data, not writing.",
    "no_recipe_reads_it": "No recipe in use teaches from it.",
    "recipe_not_in_use": "No recipe in use teaches from it.",
    "contains_control_token": "It contains a token that steers models.",
    "merge": "A merge: its changes are those of its parents' commits.",
    "root": "The first commit: there is no state before it.",
    "renames": "It renames files: an edit is of one path.",
    "lock_file": "A lock file: a program wrote it.",
    "vendored": "Another project's file, kept here.",
    "too_many_files": "It changes more files than an example shows.",
    "too_many_lines": "It changes more lines than an example shows.",
    "small_change_thinned": "A very small change; a part of them is kept, chosen by hash.",
    "over_limit": "Beyond the limit of commits a repository, chosen by hash.",
    "ambiguous": "The change cannot be replayed without doubt from what is shown.",
    "empty": "It changes no file.",
    "not_regular_files": "It changes links or modes.",
    "binary": "Not text.",
    "not_utf8": "Not UTF-8 text.",
    "symlink": "A link, not a file.",
    "submodule": "Another repository, not a file.",
    "too_large": "Larger than the limit.",
    "path_not_utf8": "Its path is not UTF-8.",
    "quarantined": "An object of it is malformed so that tools disagree who wrote it.",
    "quarantined_tree": "A malformed tree leads to it: tools disagree what lies there.",
    "missing_object": "Its content is not in the repository: a partial clone.",
    "authorship_failed": "Git could not say who wrote its lines.",
    "undecided": "Nobody is recorded for it, so no decision could be made.",
    f"{TERMS}lane_not_released": "Permitted for the anonymous lane only, which this release "
    "is not.",
}


@dataclass(frozen=True)
class Fate:
    """What became of some of what was collected.

    Attributes:
        group: ``included``, ``terms`` (what was agreed) or ``other`` (what the work is).
    """

    code: str
    group: str
    sentence: str
    count: int
    repositories: Mapping[str, int]


def fates(nested: Mapping[str, Mapping[str, int]]) -> tuple[Fate, ...]:
    """The fates of one unit of a manifest's account: included first, then terms, then the rest."""
    made = [
        Fate(code, _group(code), sentence_of(code), sum(counts.values()), dict(counts))
        for code, counts in nested.items()
    ]
    order = {"included": 0, "terms": 1, "other": 2}
    return tuple(sorted(made, key=lambda fate: (order[fate.group], -fate.count, fate.code)))


@dataclass(frozen=True)
class Opportunities:
    """What a recipe that reads whole items saw.

    Attributes:
        seen: Opportunities for an example.
        examples: How many became one.
        reasons: Why the others did not, the commonest first.
    """

    recipe: str
    seen: int
    examples: int
    reasons: tuple[tuple[str, int], ...]


def opportunities(units: Mapping[str, Mapping[str, int]]) -> tuple[Opportunities, ...]:
    """A manifest's account of units, by recipe."""
    found = []
    for recipe in sorted({recipe for by in units.values() for recipe in by}):
        counts = {reason: by[recipe] for reason, by in units.items() if recipe in by}
        made = counts.pop(INCLUDED, 0)
        reasons = sorted(counts.items(), key=lambda one: (-one[1], one[0]))
        found.append(Opportunities(recipe, made + sum(counts.values()), made, tuple(reasons)))
    return tuple(found)


def sentence_of(code: str) -> str:
    """The sentence for a reason of the account; the reason's own words where there is none."""
    if code in SENTENCES:
        return SENTENCES[code]
    if code.startswith(TERMS):
        bare = code.removeprefix(TERMS)
        return REASONS.get(bare) or SENTENCES.get(bare) or f"Excluded by the terms: {bare}."
    for prefix, words in ((QUALITY, "Not worth learning from"), (MESSAGE, "Its message")):
        if code.startswith(prefix):
            rule = code.removeprefix(prefix).replace("_", " ")
            return f"{words}: {rule}."
    return f"{code.replace('_', ' ').capitalize()}."


def _group(code: str) -> str:
    if code == INCLUDED:
        return "included"
    return "terms" if code.startswith(TERMS) else "other"
