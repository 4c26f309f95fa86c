"""Whether models that hold a batch's work are in use on the batch's own kinds of work.

This is what a form such as New York's WARN notice ("technological innovation or automation") and a
works council ask of a collective dismissal. Invariants: counts of fewer than ten people are never
shown, and where one count could be told from the others another is withheld with it; the answer is
a fact about models and deployments, and says nothing of why anybody was dismissed.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Final

from byline.answers.impact import Impact
from byline.answers.page import plain_values

SMALLEST_CELL: Final = 10
UNSAID: Final = "not recorded"


@dataclass(frozen=True)
class FamilyCell:
    """One kind of work in the batch, beside one model.

    Attributes:
        people: How many of the batch do this work and have work of theirs in the model; None where
            that is withheld.
        deployed: Whether the model is in use on this kind of work.
    """

    job_family: str
    people: int | None
    deployed: bool


@dataclass(frozen=True)
class ModelDisclosure:
    """One model that holds work of the batch.

    Attributes:
        people: Of how many in the batch; None where that is withheld.
        deployments: Where it is in use.
        on_their_work: Whether it is in use on a kind of work of somebody whose work it holds.
        unsaid: Those of `deployments` of which nobody said on whose kind of work they are.
    """

    model: str
    purpose: str
    people: int | None
    deployments: tuple[str, ...]
    on_their_work: bool
    unsaid: tuple[str, ...]
    families: tuple[FamilyCell, ...]


@dataclass(frozen=True)
class Disclosure:
    """The disclosure for one batch.

    Attributes:
        people: How many leave; None where that is withheld.
        answer: Whether any model that holds their work is in use on their kinds of work.
        undetermined: Releases that could not be asked, so that "no" is not the whole truth.
    """

    batch: str
    people: int | None
    answer: bool
    models: tuple[ModelDisclosure, ...]
    undetermined: tuple[str, ...]

    def as_json(self) -> dict[str, Any]:
        """As plain JSON values; a withheld count is null."""
        return {
            "schema": "byline/leave-disclosure/1",
            "smallest_cell": SMALLEST_CELL,
            **plain_values(asdict(self)),
        }


def disclose(batch: str, families: Mapping[str, str], impact: Impact) -> Disclosure:
    """The disclosure for a batch.

    Args:
        batch: Its id.
        families: The kind of work (job family) of everybody who leaves, by roster id.
        impact: What their work has gone into.
    """
    models = tuple(
        _model(one.model, one.purpose, _held(impact, one.release), families, impact)
        for one in impact.models
    )
    return Disclosure(
        batch=batch,
        people=_shown(len(families)),
        answer=any(one.on_their_work for one in models),
        models=models,
        undetermined=tuple(one.release for one in impact.undetermined),
    )


def _held(impact: Impact, release: str) -> frozenset[str]:
    return frozenset(p for one in impact.releases if one.release == release for p in one.people)


def _model(
    model: str, purpose: str, held: frozenset[str], families: Mapping[str, str], impact: Impact
) -> ModelDisclosure:
    running = [one for one in impact.deployments if one.model == model]
    on = {family for one in running for family in one.job_families}
    counts = Counter(families[person] or UNSAID for person in held if person in families)
    names = sorted({family or UNSAID for family in families.values()})
    shown = withheld([counts[name] for name in names], total=_shown(counts.total()))
    return ModelDisclosure(
        model=model,
        purpose=purpose,
        people=_shown(counts.total()),
        deployments=tuple(one.id for one in running),
        on_their_work=any(name in on for name in counts),
        unsaid=tuple(one.id for one in running if not one.job_families),
        families=tuple(
            FamilyCell(name, count, name in on) for name, count in zip(names, shown, strict=True)
        ),
    )


def _shown(count: int) -> int | None:
    return count if count >= SMALLEST_CELL else None


def withheld(counts: Sequence[int], *, total: int | None) -> list[int | None]:
    """Counts with those below ten withheld, and one more where a total would give one away."""
    shown = [_shown(count) for count in counts]
    if total is not None and shown.count(None) == 1 and len(shown) > 1:
        rest = [(count, at) for at, count in enumerate(shown) if count is not None]
        shown[min(rest)[1]] = None
    return shown
