"""What a model is called: a hash of what it was made of and what came out.

Invariant: equal release, settings and weights give the same id, wherever and whenever it was made.
"""

import hashlib
import json
from typing import Any

PREFIX = "mdl_"


def canonical(value: Any) -> bytes:
    """JSON with sorted keys and no spaces, as UTF-8."""
    text = json.dumps(
        value, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False
    )
    return text.encode("utf-8")


def settings_sha256(settings: dict[str, Any]) -> str:
    """SHA-256 of a run's settings in canonical form, as the log has it."""
    return hashlib.sha256(canonical(settings)).hexdigest()


def model_id(*, release: str, settings: dict[str, Any], weights_sha256: str) -> str:
    """The model's id: `mdl_` and 16 hex digits."""
    facts = {"release": release, "settings": settings, "weights_sha256": weights_sha256}
    return PREFIX + hashlib.sha256(canonical(facts)).hexdigest()[:16]
