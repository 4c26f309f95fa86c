"""Limits of the `next_edit` recipe; those without a source are ours."""

from dataclasses import dataclass
from typing import Final

from byline.examples.candidate import settings_digest

RECIPE: Final = "next_edit"
VERSION: Final = "1"


@dataclass(frozen=True)
class NextEditSettings:
    """Limits; tokens are counted as four characters.

    Attributes:
        seed: For choices by hash.
        pause: Seconds without an edit that end a step.
        history: Edits that the prompt shows at most.
        event_characters: A longer edit is not shown (500 tokens).
        region_characters: Of the editable region (350 tokens).
        context_characters: Around it (150 tokens).
        file_characters: Of a file; Zeta leaves larger ones out (64 KB).
        min_changed, max_changed: Lines that a commit changes.
        min_hunks: Of a commit's file.
        partial_rate: How often a commit's next hunk is begun (ours).
        revert_share: Of what was typed last, the most that the next step may take away.
        revert_events: How many edits count as last.
        bulk_files: So many files …
        bulk_seconds: … within so many seconds were changed by a formatter or a checkout.
        most_unchanged: Of all examples, the most in which nothing changes. There is a floor of 5 %
            in the notes, which no filter can reach: what is natural stays.
        per_cluster: Examples of one place of a file at most.
        cluster_lines: Lines around a cursor that are one place.
    """

    seed: int = 17
    pause: float = 10.0
    history: int = 16
    event_characters: int = 2000
    region_characters: int = 1400
    context_characters: int = 600
    file_characters: int = 65_536
    min_changed: int = 30
    max_changed: int = 1000
    min_hunks: int = 3
    partial_rate: float = 0.5
    revert_share: float = 0.5
    revert_events: int = 3
    bulk_files: int = 20
    bulk_seconds: float = 2.0
    most_unchanged: float = 0.35
    per_cluster: int = 5
    cluster_lines: int = 20

    @property
    def digest(self) -> str:
        """A digest of the settings, recorded in every example."""
        return settings_digest(RECIPE, VERSION, self)
