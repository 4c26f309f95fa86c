"""Which files are text, and how many lines they have, as git counts them."""

BINARY_WINDOW = 8000  # bytes that git looks at for a NUL, too


def decode(data: bytes) -> tuple[str | None, str | None]:
    """The text of a file, or why it has none: ``binary`` or ``not_utf8``."""
    if b"\0" in data[:BINARY_WINDOW]:
        return None, "binary"
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError:
        return None, "not_utf8"
    return (None, "binary") if "\0" in text else (text, None)


def line_count(text: str) -> int:
    """How many lines; the last one may lack its line feed."""
    return text.count("\n") + (text != "" and not text.endswith("\n"))
