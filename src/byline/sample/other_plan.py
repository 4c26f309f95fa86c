"""All that is not grown Python: other languages, documents, bots, odd files."""

from collections.abc import Callable
from datetime import timedelta

from byline.sample.company import RepositoryFacts
from byline.sample.dice import Dice
from byline.sample.fixtures import lock_file, odd_files, requirements
from byline.sample.go_code import go_file
from byline.sample.modules import NEAR_TWIN, TWIN, module_source
from byline.sample.page_code import page, stylesheet
from byline.sample.python_plan import put
from byline.sample.script_code import service_yaml, shell_file, sql_file
from byline.sample.tasks import Task, author_at, between, later
from byline.sample.tree import File, Piece, Tree, whole, with_files, without_file
from byline.sample.web_code import javascript_file, typescript_file
from byline.sample.words import FIELDS, NOUNS, PORTS, VERBS

_LANGUAGES: dict[str, tuple[tuple[str, int], ...]] = {
    "ledger-core": (("sql", 4),),
    "harbour-web": (("ts", 20), ("js", 16), ("css", 14), ("html", 8)),
    "dataflow": (("sql", 20), ("sh", 10)),
    "platform": (("go", 20), ("yaml", 16), ("sh", 8)),
    "northwind-portal": (("ts", 6), ("html", 4)),
    "tidepool": (("sh", 3),),
}
_WORDS = {
    "ts": "screen",
    "js": "helpers",
    "css": "styles",
    "html": "page",
    "sql": "queries",
    "sh": "script",
    "go": "package",
    "yaml": "deployment",
}


_MAKERS: dict[str, tuple[str, Callable[[str, Dice], list[str]]]] = {
    "go": ("internal/{0}/{0}.go", go_file),
    "sql": ("sql/{0}s.sql", sql_file),
    "sh": ("bin/{0}.sh", shell_file),
    "yaml": ("deploy/{0}.yaml", service_yaml),
    "css": ("static/styles/{0}.css", stylesheet),
    "html": ("pages/{0}.html", page),
    "ts": ("src/{0}.ts", typescript_file),
    "js": ("src/{0}.js", javascript_file),
}


def _pieces(language: str, noun: str, dice: Dice) -> tuple[str, list[str]]:
    path, make = _MAKERS[language]
    return path.format(noun), make(noun, dice)


def language_plan(facts: RepositoryFacts, seed: int) -> list[Task]:
    """Return the tasks that write files in other languages, a few functions a commit."""
    tasks: list[Task] = []
    for language, count in _LANGUAGES[facts.name]:
        for noun in Dice(f"{seed}:{facts.name}:{language}").sample(NOUNS, count):
            dice = Dice(f"{seed}:{facts.name}:{language}:{noun}")
            path, texts = _pieces(language, noun, dice)
            half = len(texts) if len(texts) < 3 else dice.randrange(2, len(texts))
            when = between(facts.start, facts.end - timedelta(days=20), dice)
            for part, words in ((range(half), "Add the"), (range(half, len(texts)), "Extend the")):
                if not part:
                    continue
                pieces = [Piece(place, texts[place].encode()) for place in part]
                subject = f"{words} {noun} {_WORDS[language]}"
                author = author_at(facts, when, dice)
                change = put(path, *pieces)
                tasks.append(Task(when, author, subject, change, frozenset([path])))
                when = later(facts, when, days=100, dice=dice)
    return tasks


def document_plan(facts: RepositoryFacts, seed: int) -> list[Task]:
    """Return the tasks that write decision records."""
    tasks = []
    for number in range(1, 5):
        dice = Dice(f"{seed}:{facts.name}:adr:{number}")
        verb, noun, other = dice.pick(VERBS), *dice.sample(NOUNS, 2)
        path = f"docs/adr/{number:04d}-{verb}-{noun}s.md"
        text = _DECISION.format(
            number=number,
            verb=verb,
            noun=noun,
            other=other,
            port=dice.pick(PORTS),
            field=dice.pick(FIELDS),
            count=dice.randrange(3, 40),
        )
        when = between(facts.start, facts.end - timedelta(days=30), dice)
        subject = f"Record the decision to {verb} {noun}s"
        author = author_at(facts, when, dice)
        change = put(path, Piece(0, text.encode()))
        tasks.append(Task(when, author, subject, change, frozenset([path]), "docs"))
    return tasks


_DECISION = """\
# {number}. {verb} {noun}s before {other}s

## Status
Accepted.

## Context
{port} sends {noun}s up to {count} hours late, and the {other} {field} is computed from them. Twice
this quarter the {field} was wrong because a late {noun} arrived after the {other} was closed.

## Decision
We {verb} {noun}s first and hold each {other} open for {count} hours. A {noun} that comes later
opens a correction instead of changing the closed {other}.

## Consequences
Reports for {port} are {count} hours older. Corrections are visible, which the auditors asked for.
We rejected recomputing every {other} because it hides who changed the {field}.
"""


def bot_plan(facts: RepositoryFacts, seed: int) -> list[Task]:
    """Return the commits of the dependency bot and of the release account."""
    dice = Dice(f"{seed}:{facts.name}:bots")
    times = sorted(between(facts.start + timedelta(days=9), facts.end, dice) for _ in range(7))
    path = "package-lock.json" if facts.name == "harbour-web" else "requirements.txt"
    text = lock_file if facts.name == "harbour-web" else requirements
    tasks = [
        Task(
            when,
            "harbour-deps[bot]",
            f"build(deps): bump the production group, round {step}",
            put(path, Piece(0, text(step).encode())),
            frozenset([path]),
            "chore",
            solo=True,
            exact=True,
        )
        for step, when in enumerate(times, 1)
    ]
    for number, when in enumerate(
        sorted(between(facts.start, facts.end, dice) for _ in range(4)), 1
    ):
        change = put(
            "CHANGELOG.md", Piece(-number, f"## Release {number}\n\nBuilt by CI.\n\n".encode())
        )
        touched = frozenset(["CHANGELOG.md"])
        subject = f"chore(release): {number} [skip ci]"
        tasks.append(
            Task(when, "harbour-ci", subject, change, touched, "chore", solo=True, exact=True)
        )
    return tasks


def odd_plan(facts: RepositoryFacts, seed: int) -> list[Task]:
    """Return the tasks that bring odd files in, and one file that comes and goes."""
    tasks = []
    dice = Dice(f"{seed}:{facts.name}:odd")
    for file in odd_files(facts.name) + _twins(facts.name):
        when = between(facts.start + timedelta(days=2), facts.start + timedelta(days=400), dice)
        author = author_at(facts, when, dice)
        subject = f"Add {file.path.rsplit('/', 1)[-1]}"
        change = _adding(file.path, file.content, file.mode)
        tasks.append(Task(when, author, subject, change, frozenset([file.path]), "chore"))
    scratch = f"scratch/{dice.pick(VERBS)}_spike.py"
    when = between(facts.start + timedelta(days=40), facts.start + timedelta(days=200), dice)
    text = (module_source("colorsys") or "pass\n").encode()
    touched = frozenset([scratch])
    author, end = author_at(facts, when, dice), later(facts, when, days=90, dice=dice)
    change = _adding(scratch, text, whole(scratch, text).mode)
    tasks.append(Task(when, author, "Try a spike", change, touched, solo=True))
    author = author_at(facts, end, dice)
    gone = _removing(scratch)
    return [*tasks, Task(end, author, "Remove the spike", gone, touched, "chore", solo=True)]


def _adding(path: str, content: bytes, mode: int) -> Callable[[Tree], Tree]:
    return lambda tree: with_files(tree, [whole(path, content, mode=mode)])


def _removing(path: str) -> Callable[[Tree], Tree]:
    return lambda tree: without_file(tree, path)


def _twins(repository: str) -> list[File]:
    """The same file in two repositories, and a file that differs by a few words."""
    twin, near = module_source(TWIN) or "", module_source(NEAR_TWIN) or ""
    if repository == "ledger-core":
        return [
            whole("src/ledger_core/shared/waiting.py", twin),
            whole("src/ledger_core/shared/scopes.py", near),
        ]
    if repository == "dataflow":
        changed = near.replace("self._table", "self._scope").replace("symbol table", "scope table")
        return [
            whole("src/dataflow/shared/waiting.py", twin),
            whole("src/dataflow/shared/scopes.py", changed),
        ]
    return []
