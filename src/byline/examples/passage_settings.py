"""The numbers of the `passage` recipe; see `byline.examples.passages` for their use."""

from dataclasses import dataclass
from typing import Final

from byline.examples.candidate import settings_digest

RECIPE: Final = "passage"
VERSION: Final = "1"


@dataclass(frozen=True)
class PassageSettings:
    """Limits of the recipe; all of them ours, without published evidence.

    Attributes:
        seed: For choices by hash.
        min_query_words: A shorter query ("Usage") asks nothing in particular.
        max_query_words: A longer one is no query.
        min_passage_words: A shorter passage answers nothing.
        max_passage_characters: A longer passage is cut at the last blank line, else line, before.
        max_overlap: Share of the passage's words that may be the query's own.
        negatives: Hard negatives named for each query.
        looked_at: Best ranked passages among which they are sought.
        max_same: A passage whose words are the positive's to this share is no negative: it may
            answer the query as well.
    """

    seed: int = 17
    min_query_words: int = 3
    max_query_words: int = 40
    min_passage_words: int = 20
    max_passage_characters: int = 4_000
    max_overlap: float = 0.8
    negatives: int = 7
    looked_at: int = 60
    max_same: float = 0.7

    @property
    def digest(self) -> str:
        """A digest of the settings, recorded in every example."""
        return settings_digest(RECIPE, VERSION, self)
