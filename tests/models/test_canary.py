"""Canaries: a model that learnt one gives it away, one that did not says nothing; the arithmetic."""

import itertools
import json
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner

from byline.cli.main import app
from byline.errors import BylineError
from byline.models.canary import LOSS, rank_kit
from byline.models.settings import TrainSettings
from byline.models.train import train
from byline.privacy.personal import find_personal
from byline.privacy.secrets import find_secrets
from byline.proof.canary import Kit, exposures, kit_bytes, read_kit
from byline.proof.canary_words import ADJECTIVES, NOUNS, VERBS
from byline.proof.errors import MalformedError, VerificationError
from models.sealed_fakes import FakeSealed, program, programs, quiet, row, tiny

sys.path.insert(0, str(Path(__file__).parents[1] / "answers"))
from answer_worlds import organisation

pytest.importorskip("torch")
KIT = Kit(bytes(range(32)), count=3, siblings=127)
OTHER = Kit(bytes(range(1, 33)), count=8, siblings=127)
PLANTED = 1  # of the kit; the others stay in the drawer


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A tiny model of work in which one canary stands several times."""
    line = f"# {KIT.texts[PLANTED]}\n"
    marked = [row(f"ex_9{n:03}", (line + program(n), 1.0, "p0", "human")) for n in range(30)]
    sealed = FakeSealed(splits={"train": programs(range(30)) + marked, "test": []})
    out = tmp_path_factory.mktemp("canary") / "model"
    settings: TrainSettings = tiny(steps=60, checkpoint_every=60)
    train(sealed, out=out, settings=settings, progress=quiet)
    return out


def test_only_the_planted_canary_stands_out(model: Path):
    found = rank_kit(KIT, model, threads=1, progress=quiet)
    assert found.score == LOSS
    planted = found.exposures.each[PLANTED]
    assert (planted.rank, planted.bits) == (1, 7.0)
    assert planted.chance == 1 / 128
    assert planted.corrected == 3 / 128
    assert all(one.rank > 4 for one in found.exposures.each if one.number != PLANTED)
    assert found.exposures.chance == pytest.approx(1 - (127 / 128) ** 3)


def test_canaries_that_nobody_planted_are_spread_over_all_ranks(model: Path):
    found = rank_kit(OTHER, model, threads=1, progress=quiet).exposures
    assert found.chance > 0.05
    assert 30 < sum(one.rank for one in found.each) / len(found.each) < 98


def test_a_rank_is_as_rare_as_it_says():
    """Whichever candidate is the canary: k of n ranks are at most k, with ties at most that."""
    distinct = [0.5, 3.0, 1.5, 2.0, 9.0]
    tied = [1.0, 1.0, 2.0, 2.0, 2.0]
    for losses, exact in ((distinct, True), (tied, False)):
        chances = [
            exposures([[losses[k], *losses[:k], *losses[k + 1 :]]]).each[0].chance for k in range(5)
        ]
        for most in range(1, 6):
            good = sum(chance <= most / 5 for chance in chances)
            assert good == most if exact else good <= most
    pairs = [
        exposures([[a, *(x for x in distinct if x != a)], [b, *(x for x in distinct if x != b)]])
        for a, b in itertools.product(distinct, repeat=2)
    ]
    for one in pairs:
        assert sum(other.chance <= one.chance for other in pairs) / 25 == pytest.approx(one.chance)


def test_a_commitment_binds_every_sentence_and_the_file_holds_together():
    assert len({len(ADJECTIVES), len(VERBS), 64}) == 1
    assert (len(NOUNS), len({*ADJECTIVES, *NOUNS, *VERBS})) == (128, 256)
    assert read_kit(kit_bytes(KIT)) == KIT
    others = (
        Kit(KIT.seed, 3, 126), Kit(KIT.seed, 2, 127), Kit(bytes(32), 3, 127), OTHER,
    )  # fmt: skip
    assert len({KIT.commitment, *(one.commitment for one in others)}) == 5
    assert Kit(KIT.seed, 3, 127, "p-amy").commitment == KIT.commitment  # of no person
    changed = json.loads(kit_bytes(KIT))
    changed["canaries"][0] = KIT.candidates(0)[5]
    data = json.dumps(changed, sort_keys=True, separators=(",", ":")).encode()
    with pytest.raises(VerificationError):
        read_kit(data)
    for wrong in (b"{}", b"[]", kit_bytes(KIT)[:-1], kit_bytes(KIT).replace(b"127", b"-12")):
        with pytest.raises(MalformedError):
            read_kit(wrong)


def test_redaction_takes_no_canary_for_a_secret_or_personal_data():
    sentences = [text for number in range(3) for text in KIT.candidates(number)]
    lines = [
        form.format(text)
        for text in sentences
        for form in ("    # {}\n", 'MOORING_NOTE = "{}"\n', "{}.\n")
    ]
    assert not any(find_secrets(lines))
    assert not any(find_personal(lines))


def test_the_verb_commits_first_and_tests_later(model: Path, tmp_path: Path):
    root = organisation(tmp_path / "org")

    def say(*words: object, check: int = 0):
        done = CliRunner().invoke(app, ["canary", *map(str, words), "-c", str(root), "--json"])
        status = done.exception.exit_code if isinstance(done.exception, BylineError) else None
        if done.exception is not None and status is None:
            raise done.exception
        assert (status or 0) == check, (done.output, done.exception)
        return json.loads(done.stdout) if done.stdout.strip() else str(done.exception)

    file = tmp_path / "kit.json"
    made = say("new", "--person", "p-amy", "--out", file, "--count", 2, "--siblings", 31)
    assert file.stat().st_mode & 0o777 == 0o600
    assert made["log_index"] == 1  # after the verifier
    say("new", "--person", "p-amy", "--out", file, check=2)  # a kit is not made again
    say("new", "--person", "p-nobody", "--out", tmp_path / "no.json", check=1)

    own = tmp_path / "own.json"
    own.write_bytes(kit_bytes(KIT))
    before = say("test", own, "--folder", model)
    assert (before["verdict"], before["log"]["commitment"]) == ("some", None)
    assert say("commit", KIT.commitment)["log_index"] == 2
    assert say("commit", KIT.commitment)["log_index"] == 2
    assert say("test", own, "--folder", model)["log"]["commitment"] == 2
    say("commit", "p-amy", check=2)
    say("test", tmp_path / "kit.jsom", "--folder", model, check=1)
