"""A model is used for what its release was made for, and for nothing else, at every gate."""

import datetime as dt
import json
import shutil

import pytest
from sealed_fakes import learnable, quiet, tiny

from byline.errors import IntegrityError, RefusedError, UsageError
from byline.models.device import Device
from byline.models.folder import open_model
from byline.models.identity import model_id
from byline.models.opening import open_for_use
from byline.models.purpose import PROOF_FILE, check_logged, check_model_use, model_entry
from byline.models.train import train
from byline.proof.note import generate_signer
from byline.release.away import Away, write_away
from byline.release.logbook import open_log, record
from byline.terms.agreements import Agreement
from byline.terms.purposes import RESTRICTED
from byline.terms.uses import Bound, check_use, naming_clauses

pytest.importorskip("torch")

CPU = Device(name="cpu", precision="float32", threads=1)
DAY = dt.date(2026, 1, 2)
TWIN = {"persona_twin": ["us/twin"]}


@pytest.fixture(scope="module")
def model(tmp_path_factory):
    out = tmp_path_factory.mktemp("purposes") / "m"
    return train(learnable(), out=out, settings=tiny(steps=2), progress=quiet)


def agreement(*purposes, effect="permit", **changes):
    clause = {"id": "us/twin", "effect": effect, "text": "x", "classes": ["*"],
              "purposes": list(purposes)}  # fmt: skip
    if effect == "permit":
        clause["basis"] = "agreement"
    given = {"id": "us", "title": "t", "kind": "employment", "version": "1",
             "effective": dt.date(2020, 1, 1), "clauses": [{**clause, **changes.pop("clause", {})}]}  # fmt: skip
    return Agreement.model_validate({**given, **changes})


@pytest.mark.parametrize("purpose", sorted(RESTRICTED))
def test_training_for_a_restricted_purpose_needs_a_clause_in_the_release(tmp_path, purpose):
    other = learnable()
    with pytest.raises(RefusedError, match="made for"):
        train(other, out=tmp_path / "m", settings=tiny(purpose=purpose), progress=quiet)
    claimed = learnable(purposes=("assist_others", purpose))  # listed, and no clause names it
    with pytest.raises(RefusedError, match="no clause does"):
        train(claimed, out=tmp_path / "m", settings=tiny(purpose=purpose), progress=quiet)
    assert not any(tmp_path.iterdir())


def test_a_purpose_that_is_not_on_the_list_is_a_wrong_use(tmp_path):
    with pytest.raises(UsageError, match="not a purpose"):
        train(learnable(), out=tmp_path / "m", settings=tiny(purpose="anything"), progress=quiet)


@pytest.mark.parametrize("purpose", ["repair", *sorted(RESTRICTED)])
def test_a_model_is_not_opened_or_deployed_for_another_purpose(model, purpose):
    for action in ("opened", "deployed", "registered"):
        with pytest.raises(RefusedError, match=f"{action} for {purpose}"):
            check_model_use(model.run, purpose, action=action)
    with pytest.raises(RefusedError, match="made for assist_others"):
        open_model(model.directory, purpose=purpose)
    with pytest.raises(RefusedError, match="made for assist_others"):
        open_for_use(model.directory, purpose=purpose, device=CPU)


def test_a_model_is_opened_for_its_own_purpose(model):
    assert open_for_use(model.directory, purpose="assist_others", device=CPU).facts.id == model.id


def _changed(model, place, change):
    copy = place / "copy"
    shutil.copytree(model.directory, copy)
    run = json.loads((copy / "run.json").read_text())
    change(run)
    (copy / "run.json").write_text(json.dumps(run))
    return copy


def test_a_copied_folder_with_another_purpose_written_in_is_refused(model, tmp_path):
    def only_the_purpose(run):
        run["purpose"] = "persona_twin"

    def settings_too(run):
        run["purpose"] = run["settings"]["purpose"] = "persona_twin"

    for number, change in enumerate((only_the_purpose, settings_too)):
        copy = _changed(model, tmp_path / str(number), change)
        with pytest.raises(IntegrityError, match="were changed"):
            open_model(copy, purpose="persona_twin")


def test_a_forged_record_with_an_id_to_fit_has_no_proof_from_the_log(model, tmp_path):
    signer = open_log(tmp_path / "log", key=tmp_path / "log.key", origin="Co")
    honest = tmp_path / "honest"
    shutil.copytree(model.directory, honest)
    logged = record(tmp_path / "log", model_entry(model.run), signer=signer)
    (honest / PROOF_FILE).write_bytes(logged.proof_file)
    check_logged(honest, model.run, verifiers=[signer.verifier])

    forged = {**model.run, "purpose": "role_replication", "restricted": {"role_replication": ["x"]},
              "settings": {**model.run["settings"], "purpose": "role_replication"}}  # fmt: skip
    forged["id"] = model_id(
        release=forged["release"]["id"], settings=forged["settings"],
        weights_sha256=forged["weights_sha256"],
    )  # fmt: skip
    (honest / "run.json").write_text(json.dumps(forged))
    opened = open_model(honest, purpose="role_replication")  # a hash alone cannot tell
    with pytest.raises(IntegrityError, match="not the one that was logged"):
        check_logged(honest, opened.run, verifiers=[signer.verifier])
    with pytest.raises(IntegrityError, match="not the one that was logged"):
        check_logged(honest, model.run, verifiers=[generate_signer("co/byline").verifier])


def test_neither_a_release_nor_a_model_that_is_away_is_used(model, tmp_path):
    gone = learnable(directory=tmp_path / "rel")
    (tmp_path / "rel").mkdir()
    write_away(tmp_path / "rel", Away("destroyed", "", "0" * 64))
    with pytest.raises(RefusedError, match="was destroyed"):
        train(gone, out=tmp_path / "m", settings=tiny(), progress=quiet)
    copy = _changed(model, tmp_path / "c", lambda run: None)
    (copy / "model.safetensors").unlink()
    write_away(copy, Away("sealed", "sea_1", "0" * 64))
    with pytest.raises(RefusedError, match="sealed away"):  # and not: damaged
        open_model(copy, purpose="assist_others")


def test_a_restricted_purpose_is_named_by_a_clause_in_force_or_not_at_all():
    assert naming_clauses([agreement("persona_twin")], as_of=DAY) == {"persona_twin": ("us/twin",)}
    silent = [
        agreement("*"),
        agreement("assist_others"),
        agreement("persona_twin", effect="forbid"),
        agreement("persona_twin", status="proposed"),
        agreement("persona_twin", expires=dt.date(2025, 1, 1)),
        agreement("persona_twin", clause={"expires": dt.date(2025, 1, 1)}),
        agreement("persona_twin", clause={"effective": dt.date(2027, 1, 1)}),
    ]
    assert naming_clauses(silent, as_of=DAY) == {}


def test_a_clause_that_ended_since_forbids_the_deployment_again():
    bound = Bound("model mdl_1", ("persona_twin",), TWIN)
    named = naming_clauses([agreement("persona_twin")], as_of=DAY)
    assert check_use(bound, "persona_twin", action="deployed", clauses=named) == "persona_twin"
    with pytest.raises(RefusedError, match="no clause does"):
        check_use(bound, "persona_twin", action="deployed", clauses={})
    with pytest.raises(RefusedError, match="no clause does"):
        check_use(Bound("model mdl_1", ("persona_twin",)), "persona_twin", action="deployed",
                  clauses=named)  # fmt: skip
