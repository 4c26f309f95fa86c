"""What is put to use where: models, their deployments, and the job families that they work on.

Deployments are rows of the ledger; the present is a fold over them. Invariants: a deployment is
named by a hash of model, purpose, place and job families, so that putting the same to use twice is
one deployment; the last row about it says whether it stands.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Final

from byline.answers.page import plain_values
from byline.errors import InputError, UsageError
from byline.proof.canonical import canonical_json, sha256_hex

DEPLOYED: Final = "deployed"
RETIRED: Final = "retired"


@dataclass(frozen=True, order=True)
class Deployment:
    """A model in use.

    Attributes:
        place: Where, in the organisation's words: "code review, Core".
        job_families: Whose kind of work it does or touches; empty: nobody said.
        at: The day of the last row about it.
        stands: Whether it is in use, or was retired.
    """

    id: str
    model: str
    purpose: str
    place: str
    job_families: tuple[str, ...]
    at: str
    stands: bool

    def as_json(self) -> dict[str, Any]:
        """As plain JSON values."""
        return dict(plain_values(asdict(self)))


def deploying(
    *, model: str, purpose: str, place: str, job_families: Sequence[str], at: str, note: str = ""
) -> dict[str, Any]:
    """The row that puts a model to use.

    Raises:
        UsageError: No place is given.
    """
    if not place.strip():
        raise UsageError("where is it put to use?", advice="--place 'code review, Core'")
    families = sorted({family.strip() for family in job_families if family.strip()})
    said = [model, purpose, place.strip(), families]
    return {
        "deployment": f"dep_{sha256_hex(canonical_json(said))[:16]}",
        "action": DEPLOYED,
        "model": model,
        "purpose": purpose,
        "place": place.strip(),
        "job_families": families,
        "at": at,
        "note": note,
    }


def retiring(deployment: Deployment, *, at: str, note: str = "") -> dict[str, Any]:
    """The row that takes a model out of use."""
    return {
        "deployment": deployment.id,
        "action": RETIRED,
        "model": deployment.model,
        "purpose": deployment.purpose,
        "place": deployment.place,
        "job_families": list(deployment.job_families),
        "at": at,
        "note": note,
    }


def deployments_of(rows: Iterable[Mapping[str, Any]]) -> tuple[Deployment, ...]:
    """Every deployment there was, in order of id."""
    last = {row["deployment"]: row for row in rows}
    return tuple(
        Deployment(
            id=identity,
            model=row["model"],
            purpose=row["purpose"],
            place=row["place"],
            job_families=tuple(row["job_families"]),
            at=row["at"],
            stands=row["action"] == DEPLOYED,
        )
        for identity, row in sorted(last.items())
    )


def on_job_families(deployments: Iterable[Deployment]) -> dict[str, tuple[Deployment, ...]]:
    """The deployments that stand, by the job family that they work on."""
    found: dict[str, list[Deployment]] = {}
    for one in deployments:
        for family in one.job_families if one.stands else ():
            found.setdefault(family, []).append(one)
    return {family: tuple(sorted(ones)) for family, ones in sorted(found.items())}


def of_models(deployments: Iterable[Deployment], models: Collection[str]) -> tuple[Deployment, ...]:
    """The deployments of some models that stand."""
    return tuple(one for one in deployments if one.stands and one.model in models)


def find_deployment(deployments: Iterable[Deployment], wanted: str) -> Deployment:
    """The deployment with an id, or a unique beginning of it.

    Raises:
        InputError: There is none, or there are several.
    """
    found = [one for one in deployments if one.id.startswith(wanted)]
    if len(found) != 1:
        what = f"{wanted} fits several deployments" if found else f"no deployment {wanted}"
        raise InputError(what, advice="`byline deploy --list` shows what there is")
    return found[0]
