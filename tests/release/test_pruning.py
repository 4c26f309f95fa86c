"""What nothing uses any more is gone from the workspace."""

from pathlib import Path

from byline.release.pruning import prune_buckets, prune_sources
from byline.release.sources import SourceTables


def test_buckets_of_another_count_are_gone_everywhere(tmp_path: Path):
    for kind in ("groups", "candidates/work", "findings/parts"):
        for name in ("0000-of-0001", "0000-of-0002", "0001-of-0002", "all"):
            (tmp_path / kind / name).mkdir(parents=True)
            (tmp_path / kind / name / "x.parquet").write_bytes(b"x")
    assert prune_buckets(tmp_path, {"0000-of-0001"}) == 6
    left = sorted(path.relative_to(tmp_path).as_posix() for path in tmp_path.rglob("*.parquet"))
    assert left == [
        f"{kind}/{name}/x.parquet"
        for kind in ("candidates/work", "findings/parts", "groups")
        for name in ("0000-of-0001", "all")
    ]


def test_sources_and_chunks_that_are_read_no_more_are_gone(tmp_path: Path):
    for place in ("forge/c000000", "forge/c000001", "forge/count", "old/c000000"):
        (tmp_path / "sources" / place).mkdir(parents=True)
    forge = SourceTables("forge", [None], [], [], [], [])  # type: ignore[list-item]
    assert prune_sources(tmp_path, [forge]) == 2
    left = sorted(path.relative_to(tmp_path).as_posix() for path in tmp_path.rglob("*"))
    assert left == ["sources", "sources/forge", "sources/forge/c000000", "sources/forge/count"]
    assert prune_sources(tmp_path / "nowhere", []) == 0
