"""in-toto attestations: how a release or a model was made, signed with the log's key.

SLSA provenance (https://slsa.dev/spec/v1.0/provenance) in an envelope (`byline.models.dsse`).
Invariants: a statement is a function of what lies in the folder, so that whoever has the folder
makes it again and compares; it names no person and no time.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

from byline.errors import IntegrityError
from byline.models.dsse import STATEMENT, open_statement, sign_statement
from byline.models.folder import WEIGHTS
from byline.models.runlog import RUN_LOG
from byline.proof.note import Signer, Verifier
from byline.workspace.files import sha256_file, write_bytes

ATTESTATION: Final = "provenance.intoto.json"
PROVENANCE: Final = "https://slsa.dev/provenance/v1"
NAMES: Final = "tag:byline.example,2026:"  # RFC 4151; what we name ourselves, for want of a site


def release_statement(directory: Path, manifest: Mapping[str, Any], *, log: str) -> dict[str, Any]:
    """How a release was made: its manifest and shards, from which commits and exports.

    Args:
        directory: The release's folder.
        manifest: Its manifest, checked.
        log: The name of the log that it is in.
    """
    subject = [_file(directory, "manifest.json")]
    if (directory / "seal" / "seal.json").is_file():
        subject.append(_file(directory, "seal/seal.json"))
    subject += [_named(one["path"], one["sha256"]) for one in manifest["shards"]]
    materials = [
        {"name": one["name"], "digest": {"gitCommit": one["commit"]}}
        for one in manifest["repositories"]
    ]
    materials += [_named(f"sources/{name}", of) for name, of in manifest["sources"].items()]
    materials.append(_named("terms", manifest["terms"]))
    return _provenance(
        subject,
        kind="release/1",
        log=log,
        byline=str(manifest["byline"]),
        invocation=str(manifest["release"]),
        asked={
            "name": manifest["name"],
            "purposes": list(manifest["purposes"]),
            "lane": manifest["lane"],
            "decided_as_of": manifest["decided_as_of"],
        },
        given={"settings": manifest["settings"]},
        materials=materials,
    )


def run_statement(directory: Path, run: Mapping[str, Any], *, log: str) -> dict[str, Any]:
    """How a model was made: its weights, from which sealed release, in which run.

    Args:
        directory: The model's folder.
        run: What `run.json` in it says, checked.
        log: The name of the log that it is in.
    """
    release = run["release"]["id"]
    materials = [_named(f"{release}/manifest.json", run["manifest_sha256"])]
    if run.get("seal_sha256"):
        materials.append(_named(f"{release}/seal/seal.json", run["seal_sha256"]))
    if "base" in run:
        materials.append(_named(f"base/{run['base']['name']}", run["base"]["sha256"]))
    names = [WEIGHTS[run["kind"]], "config.json", "adapter_config.json", "tokenizer.json"]
    said = run.get("run_log", {"states": []})
    results = ["run.json", RUN_LOG, *(one["file"] for one in said["states"] if one["file"])]
    return _provenance(
        [_file(directory, name) for name in names if (directory / name).is_file()],
        kind="training/1",
        log=log,
        byline=str(run.get("byline", "")),
        invocation=str(run.get("run", "")),
        asked={"release": release, "purpose": run["purpose"], "settings": run["settings"]},
        given={"computed_on": run["computed_on"], "versions": run["versions"]},
        materials=materials,
        results=[_file(directory, name) for name in results if (directory / name).is_file()],
    )


def write_attestation(directory: Path, statement: Mapping[str, Any], *, signer: Signer) -> Path:
    """Sign a statement and write it beside what it is about."""
    path = directory / ATTESTATION
    write_bytes(path, sign_statement(statement, signer=signer))
    return path


def check_attestation(
    directory: Path, statement: Mapping[str, Any], *, verifiers: Sequence[Verifier]
) -> Verifier:
    """See that a known key attested exactly this; the key.

    Args:
        directory: Where the attestation lies.
        statement: The one made again from what lies there.
        verifiers: Known keys.

    Raises:
        IntegrityError: There is none, no known key signed it, or it says something else.
    """
    path = directory / ATTESTATION
    try:
        data = path.read_bytes()
    except OSError as error:
        raise IntegrityError(f"{path} cannot be read: {error.strerror}") from error
    said, signer = open_statement(data, verifiers=verifiers)
    if said != statement:
        raise IntegrityError(
            f"{path} attests something else than what lies beside it: "
            f"{_differing(said, statement)}",
            advice="restore the folder from a copy",
        )
    return signer


def _provenance(
    subject: list[dict[str, Any]],
    *,
    kind: str,
    log: str,
    byline: str,
    invocation: str,
    asked: dict[str, Any],
    given: dict[str, Any],
    materials: list[dict[str, Any]],
    results: Sequence[dict[str, Any]] = (),
) -> dict[str, Any]:
    return {
        "_type": STATEMENT,
        "subject": subject,
        "predicateType": PROVENANCE,
        "predicate": {
            "buildDefinition": {
                "buildType": NAMES + kind,
                "externalParameters": asked,
                "internalParameters": given,
                "resolvedDependencies": materials,
            },
            "runDetails": {
                "builder": {"id": f"{NAMES}log/{log}", "version": {"byline": byline}},
                "metadata": {"invocationId": invocation},
                "byproducts": list(results),
            },
        },
    }


def _file(directory: Path, name: str) -> dict[str, Any]:
    return _named(name, sha256_file(directory / name))


def _named(name: str, sha256: str) -> dict[str, Any]:
    return {"name": name, "digest": {"sha256": sha256}}


def _differing(said: Mapping[str, Any], found: Mapping[str, Any]) -> str:
    """The first file whose digest differs, or which part of the statement does."""
    for one, other in zip(_resources(said), _resources(found), strict=False):
        if one != other:
            return str(one.get("name", ""))[:100] if isinstance(one, dict) else "a resource"
    return next((name for name in found if said.get(name) != found[name]), "its fields")


def _resources(statement: Mapping[str, Any]) -> list[Any]:
    try:
        predicate = statement["predicate"]
        return [
            *statement["subject"],
            *predicate["buildDefinition"]["resolvedDependencies"],
            *predicate["runDetails"]["byproducts"],
        ]
    except (KeyError, TypeError):
        return []
