"""One digest of everything that decisions are made from, for the manifest of a release.

Invariants: equal terms give equal digests, whatever the order of files, clauses, rows and keys; a
key that has its default is left out, so that old terms keep their digest when a later version knows
more keys.
"""

import dataclasses
import hashlib
import json
from collections.abc import Iterable, Sequence
from typing import Any

from byline.terms.agreements import Agreement
from byline.terms.assessments import Assessment
from byline.terms.events import BasisEvent
from byline.terms.holds import Hold
from byline.terms.notices import Notice
from byline.terms.objections import Objection, Withdrawal

_FORMAT = "byline-terms-3"


def terms_digest(
    agreements: Sequence[Agreement],
    notices: Sequence[Notice],
    objections: Sequence[Objection],
    withdrawals: Sequence[Withdrawal] = (),
    *,
    events: Sequence[BasisEvent] = (),
    assessments: Sequence[Assessment] = (),
    holds: Sequence[Hold] = (),
    proposed: bool = False,
) -> str:
    """SHA-256, in hex, of the terms in canonical JSON; lists stand for sets."""
    terms = {
        "format": _FORMAT,
        "agreements": _set(
            _sorted_lists(each.model_dump(mode="json", exclude_defaults=True))
            for each in agreements
        ),
        "notices": _set(_given(each) for each in notices),
        "objections": _set(_sorted_lists(_given(each)) for each in objections),
        "withdrawals": _set(_sorted_lists(_given(each)) for each in withdrawals),
        "events": _set(_sorted_lists(each.as_row()) for each in events),
        "assessments": _set(_sorted_lists(_given(each)) for each in assessments),
        "holds": _set(_sorted_lists(_given(each)) for each in holds),
        "proposed": proposed,
    }
    return hashlib.sha256(_canonical(terms).encode()).hexdigest()


def _given(fact: Any) -> dict[str, Any]:
    """The fields of a dataclass that do not have their default."""
    fields = ((one.name, getattr(fact, one.name), one.default) for one in dataclasses.fields(fact))
    return {name: value for name, value, default in fields if value != default}


def _canonical(value: Any) -> str:
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False, default=str)


def _set(values: Iterable[Any]) -> list[str]:
    return sorted({_canonical(value) for value in values})


def _sorted_lists(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _sorted_lists(part) for key, part in value.items()}
    if isinstance(value, list | tuple):
        return sorted({_canonical(_sorted_lists(part)) for part in value})
    return value
