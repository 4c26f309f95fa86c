"""A changed file as it is written down in structural records."""

from typing import Any

from byline.examples.edit_view import ChangedFile
from byline.workspace.files import sha256_text


def changed_lines(file: ChangedFile) -> int:
    """Lines that a change takes or writes, whichever are more, over all blocks."""
    removed = sum(block.old[1] - block.old[0] for block in file.blocks)
    added = sum(block.new[1] - block.new[0] for block in file.blocks)
    return max(removed, added)


def file_record(file: ChangedFile) -> dict[str, Any]:
    """A file's change."""
    return {
        "path": file.path,
        "status": file.status,
        "blocks": [
            {"search": block.search, "replace": block.replace, "line": block.old[0] + 1}
            for block in file.blocks
        ],
    }


def states(file: ChangedFile) -> dict[str, str]:
    """Digests of both states of a file."""
    return {
        "before_sha256": sha256_text("".join(file.before)),
        "after_sha256": sha256_text("".join(file.after)),
    }


def whole_record(file: ChangedFile) -> dict[str, Any]:
    """The change of a whole file, with digests of both its states."""
    return {**file_record(file), "old_path": file.old_path, **states(file)}
