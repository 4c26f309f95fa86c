"""Lines of a build log as a person would read them, without what the runner put around them.

Taken out: terminal control sequences, what a carriage return overwrote, the timestamps of GitHub,
GitLab and Jenkins, section and group markers, Jenkins' annotations. Made alike, so that two runs of
one failure read alike: the runner's working directory, hashes, addresses and durations. Everything
else stays as it is, line by line.
"""

import re
from typing import Final

CONTROL: Final = re.compile(
    r"\x1b(?:\[[0-?]*[ -/]*[@-~]|[\]PX^_][^\x07\x1b]*(?:\x07|\x1b\\|$)|[ -/]*[0-~])|\x1b"
)
"""CSI; OSC, DCS, SOS, PM and APC strings with their end; other escapes (ECMA-48, section 5)."""
UNPRINTABLE: Final = re.compile(r"[\x00-\x08\x0b-\x1f\x7f\x80-\x9f\ufeff\ufffe\uffff]")
TIMESTAMP: Final = re.compile(
    r"^(?:\[?\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:[.,]\d+)?(?:Z|[+-]\d\d:?\d\d)\]? ?"
    r"(?:[0-9a-f]{2}[OE][ +]?)?|\[?\d\d:\d\d:\d\d(?:\.\d+)?\]? {1,2})"
)
"""GitHub's and GitLab's (with its stream marks), and Jenkins' two."""
SECTION: Final = re.compile(r"section_(?:start|end):\d+:[\w.-]+(?:\[[^\]]*\])?")
MARKER: Final = re.compile(r"^##\[(?P<kind>[a-z-]+)\]|^::(?P<command>[a-z-]+)[^:]*::")
STRUCTURE: Final = frozenset({"group", "endgroup", "section", "command", "add-mask", "save-state"})
WORKSPACE: Final = re.compile(
    r"/home/runner/work/[\w.-]+/[\w.-]+/|/Users/runner/work/[\w.-]+/[\w.-]+/"
    r"|[A-Za-z]:[\\/]a[\\/][\w.-]+[\\/][\w.-]+[\\/]|/builds/[\w.-]+/(?:[\w.-]+/){0,4}?(?=src/|tests?/"
    r"|[\w.-]+\.\w+\b)|/(?:var/lib/jenkins|var/jenkins_home|home/jenkins(?:/agent)?)/workspace/"
    r"[\w.@%-]+/|/github/workspace/|/__w/[\w.-]+/[\w.-]+/"
)
HASH: Final = re.compile(r"\b(?=[0-9a-f]*\d)(?=[0-9a-f]*[a-f])[0-9a-f]{12,128}\b")
ADDRESS: Final = re.compile(r"\b0x[0-9a-fA-F]{6,16}\b")
DURATION: Final = re.compile(
    r"\b\d+(?:\.\d+)? ?(?:ms|µs|us|ns|secs?|seconds?|mins?|minutes?)\b"
    r"|(?<=in )\d+(?:\.\d+)?s\b|(?<=\()\d+(?:\.\d+)?s(?=\))|\b\d+m ?\d+(?:\.\d+)?s\b|\b\d+\.\d+s\b"
)


def plain(line: str) -> str | None:
    """A line as read by a person; None for one that only the runner reads.

    Args:
        line: Without its ending, as the log has it.
    """
    text = CONTROL.sub("", line) if "\x1b" in line else line
    marked = "section_" in text and SECTION.search(text) is not None
    if marked:
        text = SECTION.sub("", text)
    if "\r" in text:
        text = next((one for one in reversed(text.split("\r")) if one), "")
    text = UNPRINTABLE.sub("", text)
    text = TIMESTAMP.sub("", text, count=1)
    if marked and not text.strip():
        return None
    if text.startswith(("##[", "::")):
        return _marked(text)
    if text.startswith("[Pipeline]"):
        return None
    return text.rstrip()


def _marked(text: str) -> str | None:
    """What a workflow command says, or None where it only groups."""
    match = MARKER.match(text)
    if match is None:
        return text.rstrip()
    kind = match["kind"] or match["command"]
    if kind in STRUCTURE:
        return None
    rest = text[match.end() :].rstrip()
    return f"Error: {rest}" if kind == "error" and rest else rest or None


def alike(line: str) -> str:
    """The line with what differs between two runs of one failure made alike."""
    text = WORKSPACE.sub("", line)
    text = HASH.sub("<hash>", text)
    text = ADDRESS.sub("<address>", text)
    return DURATION.sub("<duration>", text)
