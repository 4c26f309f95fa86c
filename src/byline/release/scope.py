"""What a release's pseudonyms are made for."""

from collections.abc import Mapping

from byline.workspace.files import sha256_text


def release_scope(name: str, split: Mapping[str, str]) -> str:
    """A release's name and exactly its examples, each with its split.

    Another release has other pseudonyms for the same people; the same release has the same.
    """
    return sha256_text(name, *(f"{key}:{split[key]}" for key in sorted(split)))
