"""Which standard-library modules each repository's Python grows from.

Only modules that Python 3.11, 3.12 and 3.13 all have. Where a module is missing it is left out and
the answer key says which were used.
"""

import sysconfig
from pathlib import Path

_PLAN: dict[str, tuple[str, tuple[str, ...]]] = {
    "ledger-core": (
        "src/ledger_core",
        (
            "posting:fractions statistics csv calendar numbers",
            "statements:textwrap string pprint difflib gettext",
            "balances:heapq bisect graphlib copy weakref random",
            "limits:enum dataclasses functools contextlib operator",
            "records:configparser plistlib json/encoder json/decoder tomllib/_parser netrc",
            "exchange:http/client http/cookies smtplib poplib hmac uuid urllib/parse",
            "closing:optparse cmd fileinput filecmp",
            "checks:unittest/suite unittest/loader unittest/result",
        ),
    ),
    "dataflow": (
        "src/dataflow",
        (
            "ingest:tarfile gzip lzma bz2 ftplib",
            "jobs:concurrent/futures/_base concurrent/futures/thread concurrent/futures/process",
            "queues:queue selectors socketserver threading",
            "tables:collections/__init__ xml/etree/ElementTree html/parser",
            "schedule:_strptime zoneinfo/_zoneinfo",
            "storage:shelve dbm/dumb shutil tempfile glob",
            "lineage:logging/__init__ logging/config trace timeit tracemalloc",
        ),
    ),
    "tidepool": (
        "tidepool",
        (
            "model:ast tokenize opcode dis",
            "series:ipaddress",
            (
                "station:asyncio/events asyncio/streams asyncio/tasks "
                "asyncio/queues asyncio/locks asyncio/futures"
            ),
            "feed:urllib/robotparser xmlrpc/client mimetypes quopri base64",
        ),
    ),
    "northwind-portal": (
        "portal",
        (
            "orders:argparse shlex getopt",
            "customs:email/message email/header email/generator email/feedparser email/utils",
            "freight:wave colorsys stringprep wsgiref/handlers",
        ),
    ),
    "platform": (
        "tools",
        (
            "deploy:subprocess venv/__init__ zipapp compileall py_compile",
            "doctor:platform traceback runpy",
        ),
    ),
    "harbour-web": (
        "scripts",
        ("build:webbrowser wsgiref/headers wsgiref/validate",),
    ),
}
TWIN = "sched"
NEAR_TWIN = "symtable"


def module_source(module: str) -> str | None:
    """Return the text of a standard-library module, or None where this Python lacks it."""
    path = Path(sysconfig.get_path("stdlib")) / f"{module}.py"
    return path.read_text(encoding="utf-8") if path.is_file() else None


def module_paths(repository: str) -> list[tuple[str, str]]:
    """Return (module, path in the repository) for everything a repository grows."""
    root, plan = _PLAN[repository]
    rows: list[tuple[str, str]] = []
    for part in plan:
        folder, names = part.split(":")
        for module in names.split():
            stem = module.removesuffix("/__init__").replace("/", "_").strip("_")
            rows.append((module, f"{root}/{folder}/{stem}.py"))
    return rows
