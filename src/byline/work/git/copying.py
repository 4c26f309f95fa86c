"""Copying objects into a mirror: `git pack-objects` piped into `git index-pack`, both ours.

Every object is checked on its way in, and everything that git finds is handed back instead of
stopping the copy. No ref moves here: the caller records the findings first, so that a killed run
copies and checks again.
"""

import re
import subprocess
import tempfile
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from byline.errors import HostileInputError
from byline.work.git.command import GitError, command, environment, run
from byline.work.git.findings import OF_NAMING, QUOTING, Finding, parsed, reportable, severities

BIG_FILE = "16m"  # larger objects are copied as a stream, never held in memory
# Lines that say something of an object; a partial clone has one of others for each blob it lacks.
TELLING = (b"warning", b"error", b"fatal", b"missing commit", b"missing tree")
FATAL_STATUS = 128  # below it, the bits of what `git fsck` found
MAX_FINDINGS = 200_000  # lines of git's; beyond it the repository is built to exhaust


@dataclass(frozen=True)
class Copied:
    """What came of a copy: what is wrong with the objects, and whether all of them were there."""

    findings: list[Finding]
    complete: bool


def copy(
    window: Path, into: Path, wanted: Sequence[str], *, have: Sequence[str], partial: bool = False
) -> Copied:
    """Copy what is reachable from `wanted` and not from `have`, and say what is wrong with it.

    Args:
        window: The repository of ours through which the supplied objects are seen.
        into: The mirror.
        wanted: Object ids.
        have: Object ids that the mirror holds completely.
        partial: Missing blobs are no error; a partial clone may still have them all.

    Raises:
        GitError: An object is missing, damaged, or of a shape that git cannot read.
        HostileInputError: There are more findings than `MAX_FINDINGS`.
    """
    known = types_of(window, have)
    request = "".join([*(f"{oid}\n" for oid in wanted), *(f"^{oid}\n" for oid in known)])
    check = [f"--strict={severities()}"]
    try:
        lines = _piped(window, into, request, packing=["--revs"], check=check)
        return Copied(_confirmed(into, _findings(lines), []), complete=True)
    except GitError:
        if not partial:
            raise
    _piped(window, into, request, packing=["--revs", "--missing=allow-any"], check=[])
    found = _confirmed(into, _findings(fsck(into, wanted)), wanted)
    return Copied(found, complete=False)


def _findings(lines: Iterable[str]) -> list[Finding]:
    return list(dict.fromkeys(one for line in lines if (one := parsed(line))))


def types_of(directory: Path, oids: Iterable[str]) -> dict[str, str]:
    """The kind of each of some objects (commit, tree, blob, tag); absent ones are left out."""
    asked = "".join(f"{oid}\n" for oid in sorted(set(oids)))
    answer = run(
        directory, "cat-file", "--batch-check=%(objectname) %(objecttype)", "--buffer",
        stdin=asked.encode("ascii"),
    )  # fmt: skip
    rows = (line.split(" ") for line in answer.decode("ascii").splitlines())
    return {oid: kind for oid, kind in rows if kind != "missing"}


def _piped(
    window: Path, into: Path, request: str, *, packing: Sequence[str], check: Sequence[str]
) -> list[str]:
    """Run the two programs, one into the other; the lines that the second one said."""
    sending = command(
        window, "-c", f"core.bigFileThreshold={BIG_FILE}", "pack-objects", "--stdout", "--quiet",
        "--thin", "--delta-base-offset", *packing,
    )  # fmt: skip
    receiving = command(
        into,
        "-c",
        f"core.bigFileThreshold={BIG_FILE}",
        "index-pack",
        "--stdin",
        "--fix-thin",
        *check,
    )
    with (
        tempfile.TemporaryFile() as asked,
        tempfile.TemporaryFile() as sent,
        tempfile.TemporaryFile() as received,
    ):
        asked.write(request.encode("ascii"))
        asked.seek(0)
        with subprocess.Popen(
            sending, stdin=asked, stdout=subprocess.PIPE, stderr=sent, env=environment()
        ) as sender:
            receiver = subprocess.Popen(
                receiving, stdin=sender.stdout, stdout=subprocess.DEVNULL, stderr=received,
                env=environment(),
            )  # fmt: skip
            if sender.stdout is not None:
                sender.stdout.close()
            taken = receiver.wait()
            given = sender.wait()
        # The receiver speaks first: a sender whose reader stops dies of the closed pipe.
        if taken != 0 and (given <= 0 or _says(received, b"error: object")):
            raise GitError(into, ("index-pack",), taken, _tail(received))
        if given != 0:
            raise GitError(window, ("pack-objects",), given, _tail(sent))
        return _lines(received)


def _says(output: IO[bytes], words: bytes) -> bool:
    return words in _tail(output)


def _tail(output: IO[bytes]) -> bytes:
    """The end of what a program said on standard error."""
    size = output.seek(0, 2)
    output.seek(max(0, size - (64 << 10)))
    return output.read()


def _lines(output: IO[bytes]) -> list[str]:
    output.seek(0)
    lines = []
    for line in output:
        if not line.startswith(TELLING):
            continue
        lines.append(line.decode("utf-8", "replace").rstrip("\n"))
        if len(lines) > MAX_FINDINGS:
            raise HostileInputError(
                f"git finds more than {MAX_FINDINGS:,} things wrong with the objects",
                advice="look at it with `git fsck` in a place where nothing can happen",
            )
    return lines


def fsck(
    directory: Path,
    tips: Sequence[str],
    *,
    ignored: frozenset[str] = frozenset(),
    strict: bool = True,
) -> list[str]:
    """What `git fsck` says of a repository of ours that may lack blobs.

    Args:
        directory: The repository.
        tips: Where it begins.
        ignored: Message ids that it is not asked for.
        strict: A missing commit or tree is an error.

    Raises:
        GitError: Something other than blobs is missing.
    """
    checks = [
        part
        for name in reportable()
        for part in ("-c", f"fsck.{name}={'ignore' if name in ignored else 'warn'}")
    ]
    arguments = ("fsck", "--no-dangling", "--no-reflogs", "--no-progress", *tips)
    with tempfile.TemporaryFile() as said:
        done = subprocess.run(
            command(directory, *checks, *arguments), stdin=subprocess.DEVNULL, stdout=said,
            stderr=subprocess.STDOUT, env=environment(), check=False,
        )  # fmt: skip
        lines = _lines(said)
    gone = [line for line in lines if strict and re.match(r"missing (?:commit|tree) ", line)]
    if gone or not 0 <= done.returncode < FATAL_STATUS:
        raise GitError(directory, arguments[:1], done.returncode, "\n".join(gone).encode("utf-8"))
    return lines


def _confirmed(mirror: Path, found: list[Finding], tips: Sequence[str]) -> list[Finding]:
    """The findings without those that a quoted text forged.

    A message may quote a submodule's address, line feeds and all, so that the rest of the address
    looks like a finding about somebody else's commit. Where such a message is among them, the
    others are asked for again with those messages off.
    """
    if not any(one.message in QUOTING for one in found):
        return found
    kinds = types_of(mirror, [one.oid for one in found])
    asked = [oid for oid, kind in kinds.items() if kind != "blob"]
    if tips:  # blobs are missing: a pack that names them would be refused
        true = set(_findings(fsck(mirror, tips, ignored=QUOTING)))
    else:
        true = set(_asked_again(mirror, asked)) if asked else set()
    return [
        one
        for one in found
        if kinds.get(one.oid) == "blob" or one.message in OF_NAMING or one in true
    ]


def _asked_again(mirror: Path, oids: Sequence[str]) -> list[Finding]:
    with tempfile.TemporaryDirectory(prefix=".again-", dir=mirror.parent) as scratch:
        aside = Path(scratch) / "again.git"
        width = "sha256" if len(oids[0]) == 64 else "sha1"
        run(aside, "init", "--bare", "--quiet", "--template=", f"--object-format={width}")
        (aside / "objects" / "info").mkdir(exist_ok=True)
        (aside / "objects" / "info" / "alternates").write_text(f"{mirror.resolve()}/objects\n")
        request = "".join(f"{oid}\n" for oid in oids)
        check = [f"--strict={severities(ignored=QUOTING)}"]
        return _findings(_piped(mirror, aside, request, packing=[], check=check))
