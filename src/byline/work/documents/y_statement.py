"""Y-statements: one sentence that holds a whole decision.

"In the context of <use case>, facing <concern>, we decided for <option> and neglected <others>, to
achieve <quality>, accepting that <downside>" (Zdun et al., Sustainable Architectural Decisions,
2013, https://www.infoq.com/articles/sustainable-architectural-design-decisions/).
"""

import re
from typing import Final

MARKS: Final = {
    "context": re.compile(r"\bin\s+the\s+context\s+of\b", re.IGNORECASE),
    "concern": re.compile(r"\bfacing\b", re.IGNORECASE),
    "option": re.compile(
        r"\bwe\s+(?:have\s+)?(?:decided|chose|opted)\s*(?:for|to|on)?\b", re.IGNORECASE
    ),
    "neglected": re.compile(
        r"\b(?:and|,)\s*(?:we\s+)?(?:neglected|against|rejected)\b", re.IGNORECASE
    ),
    "quality": re.compile(r"\b(?:(?:in\s+order\s+)?to\s+achieve|because)\b", re.IGNORECASE),
    "downside": re.compile(r"\baccepting\b(?:\s+that)?", re.IGNORECASE),
}
LONGEST: Final = 3_000  # characters


def clauses(text: str) -> dict[str, tuple[int, int]] | None:
    """Offsets of each clause, its opening words included, in order; None where it is none.

    At least context, concern, option and one of quality and downside must stand in this order.
    """
    context = MARKS["context"].search(text[: LONGEST * 4])
    if context is None:
        return None
    limit = min(len(text), context.start() + LONGEST)
    starts = {"context": context.start()}
    place = context.end()
    for name in list(MARKS)[1:]:
        found = MARKS[name].search(text, place, limit)
        if found:
            starts[name] = found.start()
            place = found.end()
    if not {"concern", "option"} <= starts.keys() or not {"quality", "downside"} & starts.keys():
        return None
    ordered = sorted(starts.items(), key=lambda pair: pair[1])
    blank = text.find("\n\n", place)
    ends = [start for _, start in ordered[1:]] + [blank if 0 <= blank < limit else limit]
    return {name: (start, end) for (name, start), end in zip(ordered, ends, strict=True)}
