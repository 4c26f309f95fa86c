"""A sealed release in memory: the contract of `byline.models.sealed.Sealed`, rows built by hand."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from byline.errors import IntegrityError
from byline.models.architecture import ModelShape
from byline.models.sealed import Example, read_example
from byline.models.settings import Optimisation, TrainSettings


@dataclass(frozen=True)
class FakeSealed:
    splits: dict[str, list[dict[str, Any]]]
    id: str = "rel_0123456789abcdef"
    name: str = "engineering"
    purposes: tuple[str, ...] = ("assist_others", "repair")
    lane: str = "attributed"
    root: str = "ab" * 32
    directory: Path = Path("/nonexistent")
    manifest: dict[str, Any] = field(default_factory=lambda: {"schema": 1})
    tampered: str = ""

    def rows(self, split: str) -> Iterator[dict[str, Any]]:
        for row in sorted(self.splits.get(split, []), key=lambda row: row["id"]):
            if row["id"] == self.tampered:
                raise IntegrityError(f"example {row['id']} is not what was sealed")
            yield row


def row(
    name: str,
    *parts: tuple[str, float, str | None, str],
    repository: str = "ledger-core",
    recipe: str = "completion",
    prompt: str | None = None,
    weight: float = 1.0,
) -> dict[str, Any]:
    """A row whose text is the parts `(text, loss, contributor, origin)` joined."""
    spans, place = [], 0
    for text, loss, contributor, origin in parts:
        spans.append(
            {
                "start": place,
                "end": place + len(text),
                "loss": loss,
                "contributor": contributor,
                "origin": origin,
            }
        )
        place += len(text)
    whole = "".join(part[0] for part in parts)
    return {
        "id": name,
        "recipe": recipe,
        "text": whole if prompt is None else None,
        "prompt": prompt,
        "completion": None if prompt is None else whole[len(prompt) :],
        "weight": weight,
        "spans": spans,
        "people": [
            {"contributor": person, "role": "author", "share": 1.0, "decisions": []}
            for person in sorted({part[2] for part in parts if part[2]})
        ],
        "split_keys": {"repo": repository, "group": name, "time": None, "dup": None},
    }


def program(number: int) -> str:
    """A small file in a house style that a model can learn."""
    name, field_name = f"account_{number}", f"balance_{number % 7}"
    return (
        f"def settle_{name}(ledger, amount):\n"
        f'    """Settle the amount against {field_name}."""\n'
        f"    entry = ledger.find({field_name!r})\n"
        "    if entry is None:\n"
        "        raise LedgerError('no such entry')\n"
        "    entry.apply(amount)\n"
        f"    return ledger.commit(entry, reason={name!r})\n\n"
    )


def programs(numbers: range, *, repository: str = "ledger-core") -> list[dict[str, Any]]:
    return [
        row(f"ex_{n:04}", (program(n), 1.0, f"p{n % 3}", "human"), repository=repository)
        for n in numbers
    ]


def learnable(**changes: Any) -> FakeSealed:
    test = programs(range(500, 512)) + programs(range(512, 520), repository="harbour-api")
    return FakeSealed(splits={"train": programs(range(60)), "test": test}, **changes)


def tiny(*, purpose: str = "assist_others", **changes: Any) -> TrainSettings:
    chosen: dict[str, Any] = {
        "steps": 24,
        "batch": 4,
        "warmup": 4,
        "learning_rate": 5e-3,
        "matrix_rate": 0.02,
        "checkpoint_every": 8,
        "log_every": 8,
        "threads": 1,  # the models are too small to share, and so the suite disturbs nobody
    }
    return TrainSettings(
        purpose=purpose,
        shape=ModelShape(hidden=32, layers=1, heads=2, intermediate=64, context=64, vocabulary=400),
        optimisation=Optimisation(**{**chosen, **changes}),
    )


def examples(rows: list[dict[str, Any]]) -> list[Example]:
    return [read_example(item) for item in rows]


def quiet(done: int, total: int, text: str) -> None:
    """Progress that says nothing."""
