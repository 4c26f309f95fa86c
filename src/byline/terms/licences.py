"""Whether an SPDX licence expression is covered by a list of licence ids.

Invariants: a permit covers an expression only if the list satisfies it (one side of OR, every side
of AND); a forbid catches it if it cannot be used without a listed licence (one side of AND, every
side of OR). What cannot be parsed satisfies nothing. Expressions follow SPDX 2.3 annex D
(https://spdx.github.io/spdx-spec/v2.3/SPDX-license-expressions/).
"""

import re
from functools import lru_cache
from typing import Any

from license_expression import ExpressionError, LicenseSymbol, Licensing, get_spdx_licensing

MAX_EXPRESSION = 500  # characters; longer ones are not licences that anybody reads


def _spdx() -> Any:
    # A LicenseRef is whatever its author says, so the library's aliases for some are left out.
    known = {symbol.key: symbol for symbol in get_spdx_licensing().known_symbols.values()}
    return Licensing(
        LicenseSymbol(
            key,
            aliases=tuple(a for a in symbol.aliases if not a.startswith("LicenseRef")),
            is_exception=symbol.is_exception,
        )
        for key, symbol in sorted(known.items())
        if not key.startswith("LicenseRef")
    )


_LICENSING = _spdx()
# The parser answers some malformed expressions with errors of its own insides.
_NOT_PARSED = (ExpressionError, AssertionError, AttributeError, IndexError, TypeError, ValueError)


@lru_cache(maxsize=65_536)
def satisfies(expression: str, listed: frozenset[str]) -> bool:
    """Whether work under `expression` may be used under the `listed` licence ids alone."""
    parsed = _parse(expression)
    return parsed is not None and _holds(parsed, _keys(listed), alternatives=any, together=all)


@lru_cache(maxsize=65_536)
def is_caught(expression: str, listed: frozenset[str]) -> bool:
    """Whether `expression` cannot be used without one of the `listed` licence ids.

    An expression that cannot be parsed is caught when a listed id stands in it as a word.
    """
    parsed = _parse(expression)
    if parsed is None:
        words = set(re.findall(r"[\w.+-]+", expression.casefold()))
        return any(licence.casefold() in words for licence in listed)
    return _holds(parsed, _keys(listed), alternatives=all, together=any)


def canonical_licence(licence: str) -> str | None:
    """The SPDX id that `licence` is written for, or None when it is not one licence id."""
    parsed = _parse(licence)
    if parsed is None or parsed.args:
        return None
    key = str(parsed.render("{symbol.key}"))
    is_reference = re.fullmatch(r"LicenseRef-[A-Za-z0-9.-]+", key) is not None
    return (
        key if is_reference or all(p in _LICENSING.known_symbols for p in _parts(parsed)) else None
    )


def known_licences() -> tuple[str, ...]:
    """Every SPDX licence id, sorted; for suggestions."""
    return tuple(sorted(_LICENSING.known_symbols))


@lru_cache(maxsize=65_536)
def _parse(expression: str) -> Any:
    if len(expression) > MAX_EXPRESSION:
        return None
    try:
        parsed = _LICENSING.parse(expression)
    except _NOT_PARSED:
        return None
    return parsed if parsed is not None and _exceptions_are_known(parsed) else None


def _exceptions_are_known(node: Any) -> bool:
    exception = getattr(node, "exception_symbol", None)
    known = exception is None or exception.is_exception
    return known and all(_exceptions_are_known(part) for part in node.args)


@lru_cache(maxsize=1024)
def _keys(listed: frozenset[str]) -> frozenset[str]:
    return frozenset((canonical_licence(licence) or licence).casefold() for licence in listed)


def _parts(symbol: Any) -> tuple[str, ...]:
    licence = getattr(symbol, "license_symbol", None)
    if licence is None:
        return (str(symbol.key),)
    return (str(licence.key), str(symbol.exception_symbol.key))


def _holds(node: Any, listed: frozenset[str], *, alternatives: Any, together: Any) -> bool:
    if not node.args:
        # An SPDX exception only adds permissions, so the plain licence covers it as well.
        names = {str(node.render("{symbol.key}")).casefold(), _parts(node)[0].casefold()}
        return bool(names & listed)
    fold = alternatives if node.operator.strip().upper() == "OR" else together
    return bool(
        fold(
            _holds(part, listed, alternatives=alternatives, together=together) for part in node.args
        )
    )
