"""Credentials in what people type and tools print: taken out when a trace is read.

A recording is the likeliest place for a password in clear text, so what looks like one never
reaches a table: its characters are replaced by `MARK` and counted (``detail.redacted`` of the part,
``detail.redacted`` of the item). What other detectors find later, they find in what is left.

Patterns: values of variables that are set (``export X=…``; those with a harmless name, such as
``PATH``, stay), password options of programs, ``Authorization`` and cookie headers, passwords in
addresses, keys of the known formats, private key blocks. Each is linear; a text is cut to a bound
before it gets here.
"""

import re
from typing import Final

MARK: Final = "[redacted]"
VALUE: Final = r"(?P<secret>'[^'\n]{1,4000}'|\"[^\"\n]{1,4000}\"|[^\s;&|'\"]{1,4000})"
LITERAL: Final = (
    r"(?P<secret>'[^'\s]{6,400}'|\"[^\"\s]{6,400}\""
    r"|(?=[\w+/=-]{0,200}\d)(?=[\w+/=-]{0,200}[A-Za-z])[\w+/=-]{8,400}(?![\w(.\[]))"
)
"""A value that stands for itself, and is no expression of a programming language."""
KIND: Final = (
    r"(?i:passw(?:or)?d|passphrase|secret|token(?!s|iz)|api[_-]?key|access[_-]?key|private[_-]?key"
    r"|credential|auth(?!or))"
)
SET: Final = re.compile(
    r"(?:\bexport |\bset -x |\$env:|\bsetx )(?P<name>[A-Za-z_]\w{0,80})(?:=| = | )" + VALUE
)
ASSIGNED: Final = rf"(?<![\w-])\w{{0,40}}{KIND}\w{{0,40}}[\"']? ?[=:] ?{LITERAL}"
ENVIRONMENT: Final = rf"(?<![\w-])[A-Z0-9_]{{0,40}}{KIND}[A-Z0-9_]{{0,40}}={VALUE}"
OPTION: Final = rf"(?<!\S)--?[A-Za-z-]{{0,20}}{KIND}[A-Za-z-]{{0,20}}[= ]{VALUE}"
PROGRAM: Final = (
    r"\b(?:(?:mysql|mysqldump|mysqladmin|mariadb|sshpass|(?:docker|podman|helm registry) login"
    r"|ldapsearch|redis-cli|mongo|mongosh|7z)\b[^\n|;&]{0,400}? -[paw]"
    r"|(?:zip|unzip)\b[^\n|;&]{0,400}? -P)(?:=| |(?=\S))" + VALUE
)
USER: Final = rf"\bcurl\b[^\n|;&]{{0,400}}? (?:-u|--user)[= ]?[\"']?[^\s:'\"]{{1,200}}:{VALUE}"
HEADER: Final = (
    r"(?i:authorization|proxy-authorization|x-api-key|private-token|x-auth-token|x-vault-token"
    r"|cookie|set-cookie)[\"']? ?: ?[\"']?"
    r"(?P<secret>(?:(?i:basic|bearer|token|digest|negotiate) )?[^\s'\"]{1,8000}"
    r"(?:; [^\s'\"]{1,4000})*)"
)
ADDRESS: Final = r"\b[a-z][a-z0-9+.-]{1,20}://[^\s/:@'\"]{0,200}:(?P<secret>[^\s/@'\"]{1,400})@"
FORMAT: Final = (
    r"(?P<secret>\b(?:gh[pousr]_[A-Za-z0-9]{20,255}|github_pat_\w{20,255}|glpat-[\w-]{20,255}"
    r"|xox[abprs]-[\w-]{10,255}|A[KS]IA[0-9A-Z]{16}|sk-[A-Za-z0-9_-]{20,255}"
    r"|npm_[A-Za-z0-9]{30,255}|pypi-[\w-]{40,255}|hf_[A-Za-z0-9]{20,255}|AIza[\w-]{35}"
    r"|ya29\.[\w-]{20,255}|eyJ[\w-]{10,2000}\.eyJ[\w-]{10,4000}\.[\w-]{10,2000}))"
)
PRIVATE: Final = (
    r"-----BEGIN (?:[A-Z]{2,10} )?PRIVATE KEY-----\s(?P<secret>[A-Za-z0-9+/=\s:,-]{1,4400}?)"
    r"(?=-----END|$)"
)
PATTERNS: Final = tuple(
    re.compile(one)
    for one in (
        ASSIGNED, ENVIRONMENT, OPTION, PROGRAM, USER, HEADER, ADDRESS, FORMAT, PRIVATE,
    )
)  # fmt: skip
REFERENCES: Final = (MARK, "$", "'$", '"$', "<", "*", "os.environ", "{{")
"""What begins the name of a value, and no value."""
NAMES: Final = """
PATH HOME LANG LC_ALL LC_CTYPE TERM SHELL EDITOR VISUAL PAGER TZ PYTHONPATH PYTHONHASHSEED
PYTHONUNBUFFERED VIRTUAL_ENV GOPATH GOROOT GOFLAGS GOOS GOARCH CGO_ENABLED JAVA_HOME NODE_ENV
NODE_OPTIONS RUSTFLAGS RUST_LOG RUST_BACKTRACE CARGO_HOME CC CXX CFLAGS CXXFLAGS LDFLAGS
LD_LIBRARY_PATH MAKEFLAGS PREFIX DEBUG VERBOSE CI COLUMNS LINES NO_COLOR FORCE_COLOR CLICOLOR
DEBIAN_FRONTEND PIP_NO_CACHE_DIR DJANGO_SETTINGS_MODULE FLASK_APP FLASK_ENV RAILS_ENV TMPDIR
OMP_NUM_THREADS CUDA_VISIBLE_DEVICES HISTCONTROL PS1 DISPLAY GIT_PAGER GIT_EDITOR
"""
HARMLESS: Final = frozenset(NAMES.split())


def without_credentials(text: str) -> tuple[str, int]:
    """The text without credentials, with as many lines as before, and how many were taken out.

    Returns:
        The text, and the number of replaced stretches.
    """
    stretches = [match.span("secret") for one in PATTERNS for match in one.finditer(text)]
    stretches += [
        match.span("secret") for match in SET.finditer(text) if match["name"] not in HARMLESS
    ]
    kept: list[str] = []
    end = count = 0
    for low, high in sorted(stretches):
        if high <= end or text[low:high].startswith(REFERENCES):
            continue  # of another stretch, or the name of a variable and not its value
        start = max(low, end)
        kept += [text[end:start], MARK + "\n" * text.count("\n", start, high)]
        end, count = high, count + 1
    return "".join([*kept, text[end:]]), count
