"""`byline.toml`: the one configuration file, validated with the line that is wrong.

Paths in the file are relative to the file. Unknown keys are errors, because a misspelt key is a
setting that silently does nothing.
"""

import datetime as dt
import difflib
import os
import re
import tomllib
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any, Literal, get_args

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from byline.errors import ConfigError

FILE_NAME = "byline.toml"
Name = Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$")]
HEADER = re.compile(r"^\s*\[\[?[^\[\]]+\]\]?\s*(?:#.*)?$")
Owner = Literal["employer", "customer", "third-party", "open-source", "own-time"]
Recipe = Literal[
    "completion", "commit_edit", "message", "next_edit", "review_conversation", "review_revision",
    "review_comment", "review_quality", "preference", "issue_patch", "break_repair", "decision",
    "incident", "trajectory", "passage",
]  # fmt: skip
RECIPES: tuple[Recipe, ...] = get_args(Recipe)


class Section(BaseModel):
    """A table of the file: frozen, and strict about its keys."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Organisation(Section):
    """Who runs this."""

    name: str = "Unnamed organisation"
    copyright_holders: tuple[str, ...] = ()  # as its own copyright lines name it


class Place(Section):
    """Where Byline keeps what it makes."""

    path: Path = Path("byline-workspace")


class Repository(Section):
    """One git repository and whose it is."""

    name: Name
    path: Path
    revision: str = "HEAD"
    owner: Owner = "employer"
    customer: str | None = None

    @model_validator(mode="after")
    def _customer_is_named(self) -> "Repository":
        if (self.owner == "customer") != (self.customer is not None):
            raise ValueError('`customer` goes with owner = "customer", and is needed there')
        return self


class Source(Section):
    """An export of other work: reviews, issues, documents, builds, traces."""

    name: Name
    system: Literal[
        "github", "gitlab", "gerrit", "phabricator", "jira", "perceval", "documents", "jenkins",
        "junit", "traces",
    ]  # fmt: skip
    path: Path
    repositories: dict[str, Name] = {}
    host: str | None = None  # whose accounts they are: "github.com", where it is not the system's
    owner: Owner = "employer"
    customer: str | None = None
    max_bytes: int = Field(default=64 << 20, gt=0)  # of one file


class Ownership(Section):
    """A rule that says whose some work is; every key given must match, the first rule decides."""

    owner: Literal["employer", "third-party", "open-source", "own-time"]
    repositories: tuple[str, ...] = ()  # globs over names
    remotes: tuple[str, ...] = ()  # globs over the `path` of a repository
    paths: tuple[str, ...] = ()  # globs as in .gitattributes
    persons: tuple[str, ...] = ()
    emails: tuple[str, ...] = ()  # globs over addresses as recorded: "*@mail.example"
    employment: tuple[Literal["in_force", "before", "after", "between", "none"], ...] = ()
    licences: tuple[str, ...] = ()
    since: dt.date | None = None
    until: dt.date | None = None
    note: str = ""

    @model_validator(mode="after")
    def _says_something(self) -> "Ownership":
        if not self.model_fields_set - {"owner", "note"}:
            raise ValueError("a rule needs a key besides `owner` and `note`")
        if self.since and self.until and self.until < self.since:
            raise ValueError(f"`until` {self.until} is before `since` {self.since}")
        return self


class People(Section):
    """Where people are recorded."""

    roster: Path | None = None
    mailmap: Path | None = None
    rules: Path | None = None  # which addresses are whose, by pattern
    own_time: Path | None = None  # what people declared of their own time
    names: Path | None = None  # others to keep out of texts, such as customers' people
    bots: tuple[str, ...] = ()
    agents: tuple[str, ...] = ()  # more accounts of AI agents
    not_bots: tuple[str, ...] = ()  # people whom a rule would take for a machine
    allowed_signers: Path | None = None  # whose SSH keys sign commits, as ssh-keygen(1) has it
    openpgp_keys: Path | None = None  # a file or folder of public keys, likewise
    linkage_key: Path = Path("keys/linkage.key")


class Terms(Section):
    """Where agreements, notices and objections are."""

    agreements: tuple[Path, ...] = ()
    packs: tuple[str, ...] = ()
    notices: Path | None = None
    objections: Path | None = None
    notice_register: Path | None = None  # each notice's versions and translations, with hashes
    assessments: Path | None = None  # DPIA, LIA and risk assessments with who signed them
    assessors: Path | None = None  # whose SSH keys sign assessments, as ssh-keygen(1) has it
    exemptions: Path | None = None  # whose work a rule leaves out, published to everyone
    proposed: bool = False  # let proposed statutes forbid and require as if in force


class Capture(Section):
    """What may be taken from each source, declared before it is taken."""

    manifest: Path | None = None
    sha256: str | None = None  # of the manifest's bytes, as it was published


class Collect(Section):
    """Limits of collection, recorded with what they left out."""

    max_file_bytes: int = Field(default=1 << 20, gt=0)
    max_paths: int = Field(default=2_000_000, gt=0)  # in one tree; beyond it is a git bomb
    max_commit_edits: int = Field(default=4000, ge=0)  # commits a repository, chosen by hash
    follow: Literal["renames", "moves", "copies"] = "copies"  # as `git blame`, `-M`, `-C`
    ignore_space: bool = True  # `-w`: who only indents anew has not written the line
    ignore_revs: Path | None = None  # commits that wrote nothing, as in `--ignore-revs-file`
    review_refs: bool = False  # what forges keep of reviews: others' text that nobody merged


class Corpus(Section):
    """What is not the organisation's own, to find copies of it."""

    third_party: tuple[Path, ...] = ()  # folders of files


class HeldOut(Section):
    """What is held out besides late work."""

    repositories: float = Field(default=0.0, ge=0, le=0.5)  # share of repositories, by hash
    persons: tuple[str, ...] = ()  # roster ids whose work is only for evaluation


class Release(Section):
    """What a release is for and made of."""

    name: Name = "engineering"
    purposes: tuple[str, ...] = Field(default=("assist_others",), min_length=1)
    recipes: tuple[Recipe, ...] = RECIPES
    as_of: dt.date | None = None
    train_until: dt.date | None = None
    seed: int = 17
    renders: dict[Recipe, str] = {}
    tokens: str = "starcoder2"  # whose control tokens the texts have
    person_cap: float | None = Field(default=None, gt=0, le=1)  # most of a recipe's text in train
    benchmarks: tuple[Path, ...] = ()  # texts that must not be in training
    overrides: Path | None = None  # rules set aside for single examples
    hold_out: HeldOut = HeldOut()


class Log(Section):
    """Who must have seen the log: witnesses outside the team that runs it."""

    policy: Path | None = None  # a C2SP tlog-policy: the witnesses' keys and the quorum
    witnesses: dict[Name, str] = {}  # where the policy's witnesses are asked: name = "http://…"
    cosigned: bool = False  # training waits until the policy's quorum has cosigned the seal


class Train(Section):
    """How a model is trained from a release: about two minutes on two cores as it stands."""

    steps: int = Field(default=1000, gt=0)
    batch: int = Field(default=8, gt=0)
    context: int = Field(default=256, ge=32)
    vocabulary: int = Field(default=2048, ge=512)
    hidden: int = Field(default=192, gt=0)
    layers: int = Field(default=2, gt=0)
    heads: int = Field(default=3, gt=0)
    learning_rate: float | None = Field(default=None, gt=0)  # of AdamW; none: what is usual
    matrix_rate: float = Field(default=0.03, gt=0)  # of Muon, for a model from scratch
    seed: int = 17
    base: Path | None = None  # a local Hugging Face model directory: LoRA on it
    kept_states: int = Field(default=4, ge=1)  # states kept of a run, between which it is replayed

    @model_validator(mode="after")
    def _heads_are_even(self) -> "Train":
        if self.hidden % (2 * self.heads):
            raise ValueError(f"`hidden` must be a multiple of twice `heads`, {2 * self.heads}")
        return self


class Config(Section):
    """The whole file."""

    organisation: Organisation = Organisation()
    workspace: Place = Place()
    repositories: tuple[Repository, ...] = ()
    sources: tuple[Source, ...] = ()
    people: People = People()
    terms: Terms = Terms()
    capture: Capture = Capture()
    collect: Collect = Collect()
    corpus: Corpus = Corpus()
    ownership: tuple[Ownership, ...] = ()
    release: Release = Release()
    log: Log = Log()
    train: Train = Train()
    root: Path = Field(default=Path(), exclude=True)

    @model_validator(mode="after")
    def _names_are_unique(self) -> "Config":
        names = [repository.name for repository in self.repositories]
        for name in names:
            if names.count(name) > 1:
                raise ValueError(f"two repositories are named {name!r}")
        sources = [source.name for source in self.sources]
        for name in sources:
            if sources.count(name) > 1 or name in names:
                raise ValueError(f"two repositories or sources are named {name!r}")
        for source in self.sources:
            for name in source.repositories.values():
                if name not in names:
                    raise ValueError(f"source {source.name!r}: no repository is named {name!r}")
        return self

    def at(self, path: Path) -> Path:
        """`path` as the file means it: relative to the file's folder."""
        return Path(os.path.normpath(self.root / path))


def read_config(path: Path) -> Config:
    """Read and validate the configuration at `path` (a file, or a folder that holds one).

    Raises:
        ConfigError: The file is missing, is not TOML, or breaks the rules; it names the line.
    """
    file = path / FILE_NAME if path.is_dir() else path
    try:
        text = file.read_text(encoding="utf-8")
    except FileNotFoundError as error:
        raise ConfigError(
            f"there is no {file}",
            advice="run `byline init` to write one, or name another with --config",
        ) from error
    except UnicodeDecodeError as error:
        raise ConfigError(f"{file} is not UTF-8 text", advice="save it as UTF-8") from error
    try:
        values = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise ConfigError(
            f"{file}: {error}", advice="see https://toml.io for the syntax"
        ) from error
    if "root" in values:
        raise ConfigError(f"{file}: unknown key `root`")
    try:
        return Config.model_validate({**values, "root": file.parent.resolve()})
    except ValidationError as error:
        raise _config_error(file, text, error) from error


def _config_error(file: Path, text: str, error: ValidationError) -> ConfigError:
    """The first thing that is wrong, with its line and the nearest valid key."""
    first = error.errors()[0]
    location: Sequence[Any] = first["loc"]
    line = find_line(text, location)
    where = ".".join(str(part) for part in location) or "the file"
    advice = ""
    if first["type"] == "extra_forbidden":
        known = _known_keys(location[:-1])
        close = difflib.get_close_matches(str(location[-1]), known, n=1)
        advice = f"did you mean `{close[0]}`?" if close else f"known keys: {', '.join(known)}"
        message = f"unknown key `{location[-1]}`"
    else:
        message = str(first["msg"]).removeprefix("Value error, ")
    return ConfigError(f"{file}:{line}: {where}: {message}", advice=advice)


def _known_keys(location: Sequence[Any]) -> list[str]:
    """The keys of the section at `location`."""
    model: type[BaseModel] = Config
    for part in location:
        if isinstance(part, int):
            continue
        annotation = model.model_fields[part].annotation
        arguments = getattr(annotation, "__args__", ())
        candidate = arguments[0] if arguments else annotation
        if not (isinstance(candidate, type) and issubclass(candidate, BaseModel)):
            return []
        model = candidate
    return sorted(key for key in model.model_fields if key != "root")


def find_line(text: str, location: Sequence[Any]) -> int:
    """The line of a TOML text that a validation location points at (1 when it cannot be told)."""
    names = [part for part in location if isinstance(part, str)]
    index = next((part for part in location if isinstance(part, int)), 0)
    lines = text.split("\n")
    start = 0
    if names:
        header = re.compile(rf"^\s*\[\[?\s*{re.escape(names[0])}\s*(\.|\]\]?)")
        headers = [number for number, line in enumerate(lines) if header.match(line)]
        start = headers[min(index, len(headers) - 1)] if headers else 0
    later = (n for n in range(start + 1, len(lines)) if HEADER.match(lines[n]))
    end = next(later, len(lines))  # a key that is missing here may stand in a later table
    for name in reversed(names):
        key = re.compile(rf"^\s*\"?{re.escape(name)}\"?\s*=")
        for number in range(start, end):
            if key.match(lines[number]):
                return number + 1
    return start + 1
