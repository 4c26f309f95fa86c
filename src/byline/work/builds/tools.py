"""How tools say that something is wrong: the lines that begin an error, and the tests that failed.

Patterns are linear: no nested repetition, every line is bounded before it gets here. The order
matters: the first tool whose pattern fits a line is the line's.
"""

import re
from collections.abc import Iterator
from typing import Final, NamedTuple


class Tool(NamedTuple):
    """How one tool reports.

    Attributes:
        name: The tool.
        error: A line that begins an error; the group ``what`` is its essence, if it has one.
        failed: A line that names a failed test in its group ``test``, or None.
    """

    name: str
    error: re.Pattern[str]
    failed: re.Pattern[str] | None = None


def _tool(name: str, error: str, failed: str | None = None) -> Tool:
    return Tool(name, re.compile(error), None if failed is None else re.compile(failed))


PATH: Final = r"(?:[A-Za-z]:)?[\w.@+/\\-]+\.[A-Za-z]\w{0,9}"
TOOLS: Final = (
    _tool(
        "pytest",
        r"^=+ (?:FAILURES|ERRORS) =+$|^E {3,}(?P<what>\S.*)|^(?:FAILED|ERROR) \S+\.py(?:::\S+)?",
        r"^(?:FAILED|ERROR) (?P<test>\S+\.py(?:::[^\s\[]+(?:\[[^\]]*\])?)?)",
    ),
    _tool(
        "unittest",
        r"^(?:FAIL|ERROR): \w+ \(\S+\)|^Traceback \(most recent call last\):$",
        r"^(?:FAIL|ERROR): (?P<test>\w+ \([\w.]+\))",
    ),
    _tool("mypy", rf"^{PATH}:\d+(?::\d+)?: error: (?P<what>.+  \[[a-z-]+\])$"),
    _tool(
        "ruff",
        rf"^{PATH}:\d+:\d+: (?P<what>[A-Z]{{1,4}}\d{{3,4}} .+)|^(?P<code>[A-Z]{{1,4}}\d{{3,4}}) .+",
    ),
    _tool("rustc", r"^error(?:\[E\d{4}\])?: (?P<what>.+)|^ *--> \S+\.rs:\d+:\d+"),
    _tool(
        "cargo test",
        r"^thread '[^']+' (?:\(\d+\) )?panicked at (?P<what>.+)|^test result: FAILED|^failures:$",
        r"^test (?P<test>[\w:<>]+)(?: - should panic)? \.\.\. FAILED$",
    ),
    _tool(
        "go test",
        r"^ *--- FAIL: (?P<what>\S+)|^FAIL\t\S+|^panic: .+",
        r"^ *--- FAIL: (?P<test>\S+)",
    ),
    _tool("go", r"^(?:vet: )?\.{0,2}/?[\w./-]+\.go:\d+:\d+: (?P<what>.+)"),
    _tool("tsc", rf"^{PATH}[(:]\d+[,:]\d+\)?(?: -|:) error (?P<what>TS\d+: .+)"),
    _tool("eslint", r"^ +\d+:\d+ +error +(?P<what>\S.*?) {2,}[@\w/-]+$|^✖ \d+ problems?"),
    _tool(
        "jest",
        r"^ *FAIL {1,2}\S+\.[cm]?[jt]sx?\b|^ *● (?P<what>[^›]+(?: › .+)?)$",
        r"^ *(?:✕|✗|×) (?P<test>\S.*?)(?: \(.+\))?$|^ *● (?P<title>[^›]+ › .+)$",
    ),
    _tool(
        "javac",
        rf"^(?:\[ERROR\] )?/?{PATH}:\[?\d+(?:,\d+\])?:? (?:error: )?(?P<what>[a-z].+)"
        r"(?<=\w)$",
    ),
    _tool(
        "maven",
        r"^\[ERROR\] (?P<what>.+)|^\[INFO\] BUILD FAILURE$|^Tests run: \d+, Failures: [1-9]",
        r"^\[ERROR\] {1,3}(?P<test>[\w.$]+(?:\.|:)\w+)(?::\d+| +Time elapsed| --)",
    ),
    _tool(
        "gradle",
        r"^FAILURE: (?P<what>.+)|^> Task \S+ FAILED$|^\* What went wrong:$|^\S+ > \S.* FAILED$",
        r"^(?P<test>\w[\w.$]* > \S.*?) FAILED$",
    ),
    _tool(
        "gcc",
        rf"^{PATH}:\d+(?::\d+)?: (?:fatal )?error: (?P<what>.+)"
        r"|^.*: undefined reference to (?P<symbol>.+)|^collect2: error: .+"
        r"|^make(?:\[\d+\])?: \*\*\* .+",
    ),
)
GENERIC: Final = re.compile(
    r"^(?:Error|ERROR|error|fatal|FATAL|\[ERROR\])\b[:! ]|^[\w.]+(?:Error|Exception)\b(?::|$)"
    r"|^Segmentation fault|^command not found|: command not found$|^npm ERR! "
)
EXIT: Final = re.compile(
    r"^Error: Process completed with exit code|^ERROR: Job failed|^Finished: FAILURE$"
)
"""What a runner adds when all is over; it says nothing of the cause."""
INTERESTING: Final = (
    r"rror|ERR|FAIL|ail|atal|FATAL|anic|E  |✕|✗|×|●|✖|-->|Traceback|undefined|\*\*\*|wrong"
    r"|:\[\d|Segmentation|not found|Exception|\.go:\d|\b[A-Z]{1,4}\d{3}"
)
"""Any line that a pattern above can fit holds one of these, as logged; the rest is passed over."""
NAMED: Final = re.compile(
    r"(?<![\w/.@-])(?:\./)?((?:[\w@+-][\w.@+-]*[/\\])*[\w@+-][\w.@+-]*\.[A-Za-z][A-Za-z0-9_]{0,9})"
    r"(?=$|[\s:,;)\]}\"'`(|>]|\.(?:\s|$))"
)
ENDINGS: Final = """
py pyi ipynb js jsx mjs cjs ts tsx mts cts vue go rs c h cc cpp cxx hpp hh java kt kts scala rb
php cs swift m mm dart ex exs erl hs ml clj lua pl r jl sh bash zsh ps1 sql proto graphql toml
yaml yml json cfg ini conf txt md rst xml html css scss gradle mod sum lock tf cmake mk bzl bat
env in csv
"""
KNOWN: Final = frozenset(ENDINGS.split())
"""A name without a folder is a file's only with one of these endings: ``a.b`` is code elsewhere."""


def tool_of(line: str) -> tuple[Tool, str] | None:
    """The tool whose error begins with a line, and the essence of it."""
    for tool in TOOLS:
        match = tool.error.search(line)
        if match is not None:
            essence = next((one for one in match.groupdict().values() if one), line)
            return tool, essence.strip()
    return None


def failed_test(line: str) -> str | None:
    """The test that a line says failed."""
    for tool in TOOLS:
        match = tool.failed.search(line) if tool.failed is not None else None
        if match is not None:
            return next(one for one in match.groupdict().values() if one).strip()
    return None


def paths_in(line: str) -> Iterator[str]:
    """Paths of files that a line names, with slashes, relative where the line has them so."""
    for match in NAMED.finditer(line):
        path = match[1].replace("\\", "/")
        known = path.rpartition(".")[2].lower() in KNOWN
        if ".." not in path and (known or "/" in path):
            yield path
