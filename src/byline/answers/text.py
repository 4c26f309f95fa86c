"""Text from outside, made safe to look at: what would act on the reader's screen is shown instead.

Control characters, direction overrides, invisible characters and lone surrogates become their code
in backslash notation. Everything else stays as it is; escaping for HTML is the template's work.
"""

import re

HIDDEN = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u00ad\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff"
    "\ufff9-\ufffb\ud800-\udfff\U000e0000-\U000e007f]"
)


def visible(text: object) -> str:
    r"""`text` with its hidden characters written out, as ``\u202e``; tabs and newlines stay."""
    return HIDDEN.sub(_code, str(text))


def _code(match: re.Match[str]) -> str:
    code = ord(match[0])
    if code <= 0xFF:
        return f"\\x{code:02x}"
    return f"\\u{code:04x}" if code <= 0xFFFF else f"\\U{code:08x}"
