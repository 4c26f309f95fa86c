"""Where one repository's tables lie, and the state of its last collection.

The state file is written last. It names the collected commit and the key of every bucket, so a run
with nothing new reads one small file, and a killed run finds its finished buckets by key.
"""

import json
import shutil
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Literal

import pyarrow as pa

from byline.engine.stage import Partition, current, provided
from byline.work.git.edits import Choice
from byline.work.git.lineage_asks import Following
from byline.workspace.files import write_json

VERSION = "4"
FILE_BUCKETS = 32
COMMIT_BUCKETS = 16


@dataclass(frozen=True)
class Limits:
    """What collection leaves out, with a count of it, and how far it follows lines."""

    max_file_bytes: int
    max_paths: int
    max_commit_edits: int
    review_refs: bool = False  # whether what is proposed in reviews is collected
    lacking: str = ""  # set by `collect`: `Mirror.lacking`, so that what is there later is read
    follow: Literal["renames", "moves", "copies"] = "copies"
    ignore_space: bool = True
    ignored: str = ""  # commits that wrote nothing, one a line

    @property
    def following(self) -> Following:
        """Through what lines are followed."""
        return Following(self.follow, self.ignore_space)


@dataclass(frozen=True)
class Place:
    """Where one repository's tables and state lie."""

    repository: str
    tables: Path

    def folder(self, kind: str, bucket: int) -> Path:
        """The folder of one bucket, with its one current file."""
        return self.tables / "work" / self.repository / kind / f"{bucket:02}"

    def name(self, kind: str, bucket: int) -> str:
        """The name of one bucket's partition."""
        return f"{self.repository}/{kind}-{bucket:02}"

    def provided(self, kind: str, bucket: int, key: str, make: Callable[[], pa.Table]) -> Partition:
        """One bucket's partition under `key`; made if it is not there."""
        return provided(self.folder(kind, bucket), key, self.name(kind, bucket), make)

    @property
    def state_file(self) -> Path:
        """What the last finished collection left."""
        return self.tables / "work" / self.repository / "state.json"

    def state(self, limits: Limits) -> dict[str, Any] | None:
        """The last finished collection, if it was made by this version with these limits."""
        if not self.state_file.exists():
            return None
        state: dict[str, Any] = json.loads(self.state_file.read_text(encoding="utf-8"))
        same = state["version"] == VERSION and state["limits"] == asdict(limits)
        return state if same else None

    def partitions(self, state: dict[str, Any]) -> dict[str, list[Partition]]:
        """The buckets that a state names; empty when one of them is gone."""
        found: dict[str, list[Partition]] = {}
        for kind, keys in state["keys"].items():
            found[kind] = []
            for bucket, key in keys.items():
                number = int(bucket)
                part = current(self.folder(kind, number), key, self.name(kind, number))
                if part is None:
                    return {}
                found[kind].append(part)
        return found

    def write_state(
        self,
        commit: str,
        limits: Limits,
        parts: dict[str, list[Partition]],
        choice: Choice,
        *,
        intake: str = "",
    ) -> None:
        """Record a finished collection: from here on it is the one to continue.

        `intake` is the digest of what the mirror saw besides the commit (`Mirror.digest`).
        """
        keys = {
            kind: {part.name.rsplit("-", 1)[1]: part.path.stem.split("-")[0] for part in found}
            for kind, found in parts.items()
        }
        write_json(
            self.state_file,
            {
                "version": VERSION,
                "commit": commit,
                "intake": intake,
                "limits": asdict(limits),
                "keys": keys,
                "left_out": choice.left_out,
            },
        )

    def prune(self, parts: dict[str, list[Partition]]) -> None:
        """Remove buckets that hold nothing any more: what left the history leaves the tables."""
        for kind, found in parts.items():
            folders = {part.path.parent for part in found}
            for folder in (self.state_file.parent / kind).glob("*"):
                if folder not in folders:
                    shutil.rmtree(folder)
