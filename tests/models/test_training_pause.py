"""Training that is paused between two steps, and resumed: the weights are those of one run."""

import pytest
from sealed_fakes import learnable, quiet, tiny

from byline.errors import PausedError
from byline.models.train import train
from byline.workspace.files import sha256_file
from byline.workspace.ledger import open_ledger
from byline.workspace.switch import TRAINING, Switch, answers_to, pause, resume

pytest.importorskip("torch")
pytest.importorskip("transformers")


def test_paused_and_resumed_training_is_one_run_bit_for_bit(tmp_path):
    whole = train(learnable(), out=tmp_path / "whole", settings=tiny(steps=12), progress=quiet)
    ledger = open_ledger(tmp_path / "ledger.sqlite")
    switch, steps = Switch(ledger), []

    def asked():
        steps.append(len(steps))
        if len(steps) == 6:
            pause(ledger, TRAINING, note="works council")
        return switch.asked(TRAINING)

    out = tmp_path / "paused"
    with pytest.raises(PausedError, match="training is paused") as stopped:
        train(learnable(), out=out, settings=tiny(steps=12), progress=quiet, asked=asked)
    switch.stop(stopped.value)
    kept = tmp_path / ".paused.training"
    assert sorted(one.name for one in kept.iterdir()) == [
        "checkpoint.safetensors", "metrics.jsonl", "run-log.jsonl", "states"
    ]  # fmt: skip
    [answer] = answers_to(ledger, stopped.value.pauses[0])
    assert answer["detail"]["step"] == 5
    assert answer["detail"]["checkpoint_sha256"] == sha256_file(kept / "checkpoint.safetensors")
    assert len(answer["detail"]["plan"]) == 64
    with pytest.raises(PausedError):  # still paused: not one step more
        train(learnable(), out=out, settings=tiny(steps=12), progress=quiet,
              asked=lambda: switch.asked(TRAINING))  # fmt: skip
    resume(ledger, TRAINING)
    again = train(learnable(), out=out, settings=tiny(steps=12), progress=quiet,
                  asked=lambda: switch.asked(TRAINING))  # fmt: skip
    assert again.run["training"]["resumed_from"] == 5
    assert again.run["weights_sha256"] == whole.run["weights_sha256"]
    assert again.id == whole.id
    assert not kept.exists()
