"""Write the sample organisation: a company to try Byline on, and the answers beside it.

Invariants: the same seed and the same Python give the same bytes and commit ids; nothing is
written into a folder that holds something; the answers are not inside the company's folder.
"""

import hashlib
import tempfile
from dataclasses import dataclass
from pathlib import Path

from byline.errors import UsageError
from byline.sample.answers import Recorded, answer_key
from byline.sample.company import REPOSITORIES, RepositoryFacts, company_files
from byline.sample.fast_import import Recorder, import_stream
from byline.sample.history import play
from byline.sample.modules import module_paths, module_source
from byline.sample.people import CAST
from byline.sample.plan import plan
from byline.sample.process import ProcessSummary, write_process


@dataclass(frozen=True, slots=True)
class SampleSummary:
    """What was written: paths, and how much."""

    company: Path
    answers: Path
    num_repositories: int
    num_commits: int
    num_people: int
    num_secrets: int
    num_personal: int


def write_sample(directory: Path, *, seed: int = 7) -> SampleSummary:
    """Write `company/` and `answers/` into an empty or missing directory.

    Raises:
        UsageError: the directory holds something.
        InputError: git is missing or refused.
    """
    _refuse_if_used(directory)
    directory.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=directory, prefix=".making-") as folder:
        made = Path(folder)
        recorded = _write_company(made / "company", seed)
        process = write_process(made / "company", seed=seed)
        _write_answers(made / "answers", recorded, process, seed)
        for name in ("answers", "company"):
            (made / name).rename(directory / name)
    groups = [p.planted.group for one in recorded for p in one.plan.placements]
    return SampleSummary(
        company=directory / "company",
        answers=directory / "answers",
        num_repositories=len(recorded) + len(process.played),
        num_commits=sum(one.num_commits for one in recorded) + process.num_commits,
        num_people=len(CAST),
        num_secrets=groups.count("secrets"),
        num_personal=groups.count("personal_data"),
    )


def _write_company(company: Path, seed: int) -> list[Recorded]:
    for name, text in company_files().items():
        path = company / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8", newline="")
    _write_linkage_key(company / "keys" / "linkage.key", seed)
    return [_write_repository(facts, company / "repos", seed) for facts in REPOSITORIES]


def _write_linkage_key(path: Path, seed: int) -> None:
    """Write the key that pseudonyms are made with, where only its owner can read it.

    A real key is random. The sample's is drawn from the seed, so that the sample's release has the
    same id on every machine.
    """
    path.parent.mkdir(mode=0o700)
    path.write_text(hashlib.sha256(f"linkage {seed}".encode()).hexdigest() + "\n", encoding="ascii")
    path.chmod(0o600)


def _write_answers(
    answers: Path, recorded: list[Recorded], process: ProcessSummary, seed: int
) -> None:
    answers.mkdir()
    used = {facts.name: _modules_used(facts.name) for facts in REPOSITORIES}
    text = answer_key(recorded, process, seed=seed, modules=used)
    (answers / "answer-key.json").write_text(text, encoding="utf-8", newline="")


def _refuse_if_used(directory: Path) -> None:
    if directory.exists() and (not directory.is_dir() or any(directory.iterdir())):
        raise UsageError(
            f"{directory} is not empty", advice="give the path of a new or an empty directory"
        )


def _modules_used(repository: str) -> list[str]:
    return [name for name, _ in module_paths(repository) if module_source(name) is not None]


def _write_repository(facts: RepositoryFacts, repositories: Path, seed: int) -> Recorded:
    made = plan(facts, seed=seed)
    with tempfile.TemporaryDirectory() as folder:
        stream = Path(folder) / "stream"
        with stream.open("wb") as out:
            recorder = Recorder(out)
            head, named = play(made, recorder, seed=seed)
            recorder.done()
        import_stream(repositories / facts.name, stream, head=head.oid)
    return Recorded(made, head, named, recorder.num_commits)
