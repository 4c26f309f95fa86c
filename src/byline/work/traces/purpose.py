"""What an action is for: locate, read, hypothesise, edit, run, verify or decide.

The rules are ours. A label is of the action
as typed: what came of it does not change it.
"""

import re
from typing import Final


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


LABELS: Final = ("locate", "read", "hypothesise", "edit", "run", "verify", "decide")
PROGRAM: Final = re.compile(
    r"(?:^|[;&|(\n])[ \t]*(?:(?:sudo|env|time|nohup|[A-Za-z_]\w{0,80}=\S{0,400})[ \t]+){0,8}"
    r"(?:[\w./~-]{0,200}/)?(?P<program>[\w.+-]+)(?:[ \t]+(?P<first>[^\s;&|]+))?"
)
VERIFY: Final = re.compile(
    r"\b(?:pytest|unittest|tox|nox|jest|vitest|mocha|rspec|phpunit|ctest|mypy|pyright|ruff|eslint"
    r"|flake8|pylint|clippy|golangci-lint|tsc|shellcheck|lint|typecheck)\b"
    r"|\b(?:go|cargo|make|npm|yarn|pnpm|mvn|gradle|gradlew|bazel|dotnet|mix|swift|just)\b"
    r"[^;&|]{0,80}?\b(?:test|tests|check|verify|vet|build|compile)\b"
)
LOCATE: Final = _words(
    "grep rg ag ack find fd locate ls tree which whereis search_dir search_file find_file search "
    "glob list_files grep_search file_search codebase_search search_files"
)
READ: Final = _words(
    "cat less more head tail view open bat goto scroll_up scroll_down read_file read view_file "
    "wc file stat nl zcat jq man open_file fetch browse help pwd history"
)
EDIT: Final = _words(
    "vim vi nano emacs ed patch sed edit insert str_replace create write_file write mv cp rm mkdir "
    "touch chmod apply_patch edit_file replace_in_file create_file delete_file git-apply tee "
    "edit_anthropic str_replace_editor str_replace_based_edit_tool"
)
DECIDE: Final = _words("submit exit finish exit_cost attempt_completion done think_done")
GIT: Final = {
    "grep": "locate", "ls-files": "locate", "log": "read", "show": "read", "diff": "read",
    "blame": "read", "status": "read", "branch": "read", "bisect": "locate", "apply": "edit",
    "commit": "decide", "push": "decide", "merge": "decide", "revert": "decide", "add": "decide",
    "checkout": "run", "stash": "run", "rebase": "run", "pull": "run", "fetch": "run",
}  # fmt: skip
GUESS: Final = re.compile(
    r"(?i)\b(?:maybe|perhaps|probably|likely|suspect|hypothes|might be|could be|must be because"
    r"|seems|root cause|the (?:bug|problem|issue) is|because)\b"
)
CHOICE: Final = re.compile(
    r"(?i)\b(?:decided?|i(?:'ll| will) (?:go with|use|submit)|we should|the fix is|done|finished"
    r"|completed|submit)\b"
)
VIEWING: Final = re.compile(r"(?i)[\"']?command[\"']?\s*[:=]\s*[\"']?view\b|^\S+ view\b")
CHECKS: Final = re.compile(r"^\s*(?:assert\b|pytest\.main|unittest\.main)", re.MULTILINE)
IN_PLACE: Final = re.compile(
    r"\bsed\b[^;|&]{0,200}? (?:-[a-zA-Z]*i|--in-place)|<<-? ?['\"]?\w+|>{1,2} ?\S"
)


def purpose_of(kind: str, text: str, tool: str = "") -> str | None:
    """The label of an action, or None where nothing says.

    Args:
        kind: Of the part; ``note`` for a cell of text.
        text: What was typed, called or said.
        tool: The tool that is called.
    """
    if kind in ("thought", "message", "note"):
        if GUESS.search(text):
            return "hypothesise"
        return "decide" if CHOICE.search(text) else None
    if tool.lower() in DECIDE:
        return "decide"
    if kind == "cell" and not text.startswith(("!", "%")):
        return "verify" if CHECKS.search(text) else "run"
    return _of_action(text[:4000], tool.lower())


def _of_action(text: str, tool: str) -> str:
    if VIEWING.search(text):
        return "read"
    if tool in EDIT or tool in LOCATE or tool in READ:
        return _of_program(tool)
    if VERIFY.search(text):
        return "verify"
    programs = [(one["program"], one["first"] or "") for one in PROGRAM.finditer(text)]
    programs = [one for one in programs if one[0] not in ("cd", "set", "export", "source")]
    program, first = programs[0] if programs else ("", "")
    if program == "git":
        return GIT.get(first, "run")
    if program == "sed" or (program in READ and ">" in text) or program == "echo":
        return "edit" if IN_PLACE.search(text) else "read"
    return _of_program(program)


def _of_program(program: str) -> str:
    if program in DECIDE:
        return "decide"
    if program in LOCATE:
        return "locate"
    if program in READ:
        return "read"
    return "edit" if program in EDIT else "run"
