"""Reading `git log --raw -z --patch -U0`: for each commit its changed files, for each its hunks.

The raw part, cut at NUL, says which files there are and in which order; the patch must then have
one section for each (two where a file turns into a link or the like), with the same object ids.
Lines of a hunk are counted by its ``@@`` header, so that no content can look like anything else.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import IO

from byline.errors import IntegrityError
from byline.work.git.patch_window import Window

MARK = b"\x01"
FORMAT = "%x01%x00%H%x00"
OPTIONS = (
    "--raw", "-r", "-z", "--no-abbrev", "--full-index", "--patch", "--unified=0",
    "--inter-hunk-context=0", "--no-renames", "--no-ext-diff", "--no-textconv", "--no-color",
    "--src-prefix=a/", "--dst-prefix=b/", "--diff-algorithm=myers", "--indent-heuristic",
    "--submodule=short", f"--format={FORMAT}",
)  # fmt: skip
SECTION = re.compile(
    rb"diff --git [^\n]*\n"
    rb"(?:old mode \d+\nnew mode \d+\n|deleted file mode \d+\n|new file mode \d+\n)?"
    rb"(?:index ([0-9a-f]+)\.\.([0-9a-f]+)(?: \d+)?\n)?"
    rb"(?:--- [^\n]*\n\+\+\+ [^\n]*\n|(Binary) files [^\n]* differ\n)?"
)
HUNK = re.compile(rb"@@ -(\d+)(?:,(\d+))? \+(\d+)(?:,(\d+))? @@[^\n]*\n")
HEADERS = 4096  # bytes that a section's header takes besides its path, which is there four times
BEHIND = 1 << 21  # bytes that may be held behind a file
SHORT_LINE = 512  # a hunk's header with git's 80 bytes of context
LINK, MODULE = "120000", "160000"
NO_NEWLINE = ord("\\")

Span = tuple[int, int, int, int, bytes, bytes]
"""Old start, old lines, new start, new lines, removed and added bytes."""


@dataclass
class Delta:
    """One changed file of a commit. `skip` says why there are no hunks."""

    commit: str
    status: str
    path: bytes
    old_oid: str
    new_oid: str
    old_mode: str
    new_mode: str
    hunks: list[Span] = field(default_factory=list)
    skip: str | None = None
    size: int = 0


def read_patches(output: IO[bytes], *, max_bytes: int) -> Iterator[Delta]:
    """The changed files of every commit that git prints.

    Args:
        output: What `git log` with `OPTIONS` writes.
        max_bytes: A file whose hunks have more bytes is skipped as ``too_large``.

    Raises:
        IntegrityError: It is not what git is known to print.
    """
    window = Window(output)
    window.need(1)
    while window.at < len(window.data):
        try:
            files = _files(window)
        except EOFError as error:
            raise _unreadable("the end came early") from error
        for one in files:
            _sections(window, one, max_bytes)
            yield one
        window.need(1)


def _unreadable(what: str) -> IntegrityError:
    return IntegrityError(f"git log printed what Byline cannot read: {what}")


def _files(window: Window) -> list[Delta]:
    """A commit's raw part, up to where its patch or the next commit begins."""
    end = window.at + window.find(b"\0\0")
    mark, _, commit = window.data[window.at : end].partition(b"\0")
    if mark != MARK:
        raise _unreadable("a commit")
    window.take(end + 2, lines=0)
    window.need(1)
    if not window.data.startswith(b"\n", window.at):
        return []
    end = window.at + window.find(b"\0\0")
    tokens = window.data[window.at + 1 : end].split(b"\0")
    window.take(end + 2)
    oid = commit.decode("ascii")
    return [_file(oid, *pair) for pair in zip(tokens[::2], tokens[1::2], strict=True)]


def _file(commit: str, head: bytes, path: bytes) -> Delta:
    words = head.decode("ascii").split(" ")
    if len(words) != 5 or words[0][:1] != ":" or len(words[4]) != 1:
        raise _unreadable("a change")
    old_mode, new_mode, old_oid, new_oid, status = words
    return Delta(commit, status, path, old_oid, new_oid, old_mode[1:], new_mode)


def _sections(window: Window, one: Delta, max_bytes: int) -> None:
    for _ in range(2 if one.status == "T" else 1):
        _section(window, one, max_bytes)
    if MODULE in (one.old_mode, one.new_mode):
        one.skip = "submodule"
    if one.skip is not None:
        one.hunks.clear()
        one.size = 0
    elif len(one.hunks) == 2 and one.status == "T":
        (first, lines, _, _, removed, _), (_, _, start, count, _, added) = one.hunks
        one.hunks = [(first, lines, start, count, removed, added)]


def _section(window: Window, one: Delta, max_bytes: int) -> None:
    window.need(HEADERS + 16 * len(one.path))
    match = SECTION.match(window.data, window.at)
    if match is None:
        raise _unreadable(f"the patch of {one.path!r} in {one.commit}")
    old, new, binary = match.groups()
    # A file that becomes a link has two sections; one whose mode alone changes has no ids.
    same = (old, new) == (one.old_oid.encode("ascii"), one.new_oid.encode("ascii"))
    if not same and one.status != "T" and (old or one.old_oid != one.new_oid):
        raise _unreadable(f"the patch of {one.path!r} in {one.commit} is of other files")
    if binary:
        one.skip = "binary"
    window.take(match.end())
    while True:
        if one.skip is None:
            _hunks_held(window, one, max_bytes)
        if len(window.data) - window.at < SHORT_LINE:
            window.need(SHORT_LINE)
        match = HUNK.match(window.data, window.at)
        if match is None:
            return
        _hunk(window, one, match, max_bytes)


def _hunks_held(window: Window, one: Delta, max_bytes: int) -> None:
    """Take the hunks that are held whole: nearly all of them, so this is what has to be quick."""
    data, ends, at, line = window.data, window.ends, window.at, window.line
    lines, size, hunks = len(ends) - 3, one.size, one.hunks
    while (match := HUNK.match(data, at)) is not None:
        old_start, old, new_start, new = match.groups()
        removed = 1 if old is None else int(old)
        added = 1 if new is None else int(new)
        if line + removed + added >= lines:
            break
        at, line = match.end(), line + 1
        before = after = b""
        if removed:
            before, at, line = _lines(data, ends, at, line, removed, b"\n-")
        if added:
            after, at, line = _lines(data, ends, at, line, added, b"\n+")
        size += len(before) + len(after)
        hunks.append((int(old_start), removed, int(new_start), added, before, after))
        window.at, window.line = at, line
        if size > max_bytes:
            one.skip = "too_large"
            hunks.clear()
            break
    one.size = size


def _lines(
    data: bytes, ends: Sequence[int], at: int, line: int, count: int, prefix: bytes
) -> tuple[bytes, int, int]:
    """So many lines without their sign, and where the next begins.

    The last is without a line feed where git says so below it.
    """
    line += count
    end = ends[line - 1] + 1
    if data[at] != prefix[1]:
        raise _unreadable("a hunk's line has another sign than its place")
    text = data[at + 1 : end] if count == 1 else data[at + 1 : end].replace(prefix, b"\n")
    if end < len(data) and data[end] == NO_NEWLINE:
        return text[:-1], ends[line] + 1, line + 1
    return text, end, line


def _hunk(window: Window, one: Delta, match: re.Match[bytes], max_bytes: int) -> None:
    """Take a hunk that reaches beyond what is held, or that nobody wants."""
    old_start, old, new_start, new = match.groups()
    removed = 1 if old is None else int(old)
    added = 1 if new is None else int(new)
    window.take(match.end(), lines=1)
    whole = one.skip is None and window.need_lines(removed + added + 2, most=max_bytes + BEHIND)
    if not whole:
        one.skip = one.skip or "too_large"
        _pass_over(window, removed)
        _pass_over(window, added)
        return
    if window.line + removed + added > len(window.ends):
        raise _unreadable("a hunk ends early")
    at, line = window.at, window.line
    before = after = b""
    if removed:
        before, at, line = _lines(window.data, window.ends, at, line, removed, b"\n-")
    if added:
        after, at, line = _lines(window.data, window.ends, at, line, added, b"\n+")
    window.take(at, lines=line - window.line)
    one.size += len(before) + len(after)
    one.hunks.append((int(old_start), removed, int(new_start), added, before, after))
    if one.size > max_bytes:
        one.skip = "too_large"
        one.hunks.clear()


def _pass_over(window: Window, count: int) -> None:
    window.skip_lines(count)
    window.need(1)
    if count and window.data.startswith(b"\\", window.at):
        window.skip_lines(1)
