from functools import partial

import pytest

from byline.proof import bigtree, merkle
from byline.proof.errors import InclusionError, LogDamagedError, LogWriteError, MalformedError


def hashes(size):
    return merkle.hash_leaves(b"leaf %d" % index for index in range(size))


@pytest.fixture
def small(monkeypatch):
    """Subtrees of 8 leaves, 3 of them at a time, so that small trees have many."""
    monkeypatch.setattr(bigtree, "HEIGHT", 3)
    monkeypatch.setattr(bigtree, "SUBTREE", 8)
    monkeypatch.setattr(bigtree, "PIECES", 3)


def reader(row):
    return lambda start, stop: row[start * 32 : stop * 32]


@pytest.mark.usefixtures("small")
def test_a_tree_in_a_file_is_the_tree(tmp_path):
    for size in (*range(70), 255, 256, 257):
        row = hashes(size)
        tree = bigtree.build_tree(tmp_path / "tree", size=size, row=reader(row))
        expected = merkle.build_row(row)
        assert tree.root == expected.root
        assert bytes(tree.data) == b"".join(expected.rows)
        for index in range(0, size, 5):
            assert tree.inclusion_proof(index) == merkle.inclusion_proof(expected, index)
            assert tree.consistency_proof(index + 1) == merkle.consistency_proof(
                expected, index + 1
            )
        with pytest.raises(InclusionError):
            tree.inclusion_proof(size)
        tree.close()


def test_two_processes_build_from_a_file_of_hashes(tmp_path):
    size = 2 * 65_536 + 1_000
    row = hashes(size)
    (tmp_path / "hashes").write_bytes(row)
    read = partial(bigtree.hashes_in, tmp_path / "hashes")
    bigtree.build_tree(tmp_path / "tree", size=size, row=read, workers=2).close()
    tree = bigtree.open_tree(tmp_path / "tree", size=size)
    assert tree.root == merkle.build_row(row).root
    merkle.verify_inclusion(
        leaf=merkle.leaf_hash(b"leaf 131400"), index=131_400, size=size,
        proof=tree.inclusion_proof(131_400), root=tree.root,
    )  # fmt: skip
    tree.close()


@pytest.mark.usefixtures("small")
def test_what_cannot_be_built_or_opened(tmp_path):
    with pytest.raises(MalformedError, match=r"leaves 8 to 10: expected 64 bytes .* got 0"):
        bigtree.build_tree(tmp_path / "tree", size=10, row=reader(hashes(8)))
    with pytest.raises(LogWriteError):
        bigtree.build_tree(tmp_path / "none" / "tree", size=1, row=reader(hashes(1)))
    bigtree.build_tree(tmp_path / "tree", size=3, row=reader(hashes(3))).close()
    with pytest.raises(LogDamagedError, match="expected 352 bytes, got 192"):
        bigtree.open_tree(tmp_path / "tree", size=5)
