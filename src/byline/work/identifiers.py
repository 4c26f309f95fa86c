"""Identifiers of work: content ids, SWHIDs, and how raw bytes become text."""

from byline.workspace.files import sha256_text

ITEM_LENGTH = 24


def item_id(kind: str, *parts: str) -> str:
    """The id of an item: a digest of its kind and of what makes it that item and no other."""
    return f"{kind}_{sha256_text(kind, *parts)[:ITEM_LENGTH]}"


def swhid(kind: str, oid: str) -> str:
    """The Software Hash Identifier of a git object (ISO/IEC 18670:2025), ``cnt`` or ``rev``.

    Only SHA-1 objects have one; an object of a SHA-256 repository gets an empty string.
    """
    return f"swh:1:{kind}:{oid}" if len(oid) == 40 else ""


def path_text(path: bytes) -> tuple[str, bool]:
    """A path as text, and whether that text is the path itself and not a display form of it."""
    try:
        return path.decode("utf-8"), True
    except UnicodeDecodeError:
        return path.decode("utf-8", "backslashreplace"), False


def line_list(text: str) -> list[str]:
    r"""The lines of a text as git counts them: ended by ``\n`` only, each with its ending."""
    lines = text.split("\n")
    ended = [line + "\n" for line in lines[:-1]]
    return [*ended, lines[-1]] if lines[-1] else ended
