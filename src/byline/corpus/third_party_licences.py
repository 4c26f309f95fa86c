"""The licences of projects in a third-party corpus, by folder."""

from collections.abc import Mapping, Sequence
from pathlib import Path

from byline.corpus.licences import LICENCE_FILE, repository_licence


def project_licences(files: Sequence[tuple[str, Path]]) -> dict[str, tuple[str, str]]:
    """For every folder of a corpus the licence that it or the nearest folder above declares.

    Args:
        files: The name of each file in the corpus, and where it lies.

    Returns:
        By folder: SPDX expression, and where it was read. Folders without one are left out.
    """
    texts: dict[str, dict[str, str]] = {}
    folders: set[str] = set()
    for path_in_corpus, path in files:
        folder, _, name = path_in_corpus.rpartition("/")
        folders.add(folder)
        if LICENCE_FILE.search(name) or name in ("pyproject.toml", "package.json", "Cargo.toml"):
            text = path.read_bytes().decode("utf-8", "replace")
            texts.setdefault(folder, {})[name] = text
    declared = {
        folder: (found.expression, f"{folder}/{found.path}, {found.evidence}")
        for folder, documents in texts.items()
        if (found := repository_licence(documents)) is not None
    }
    return {
        folder: declared[above]
        for folder in folders
        if (above := _nearest(folder, declared)) is not None
    }


def _nearest(folder: str, declared: Mapping[str, object]) -> str | None:
    while folder and folder not in declared:
        folder = folder.rpartition("/")[0]
    return folder or None
