"""The numbers of the `decision` recipe; see `byline.examples.decisions` for their use."""

from dataclasses import dataclass

from byline.examples.candidate import settings_digest
from byline.workspace.files import sha256_text

RECIPE = "decision"
VERSION = "1"


@dataclass(frozen=True)
class DecisionSettings:
    """Limits of the recipe.

    Attributes:
        seed: For choices by hash.
        min_context_words: Shorter contexts explain nothing. After DRAFT (arXiv 2504.08207).
        min_statement_words: In place of each of these numbers for a Y-statement, where context,
            reason and consequence are one clause each. Ours.
        min_justification_words: A choice with a shorter reason teaches only the choice.
        min_consequence_words: Ours.
        max_leak: Share of the answer's five-word runs that the prompt may hold. Ours.
        min_options: Fewer options are no choice.
        statuses: States of records that were decided; ``proposed`` and ``rejected`` are not.
        without_status: Kinds of record that count as decided without a status: MADR's field is
            optional. Name ``design`` too where only accepted proposals are ever merged.
        exemplars: Earlier decisions shown before a choice.
        max_exemplar_characters: A longer one is passed over. Ours.
        candidates: Records among which the one that applies is to be found, itself included. Ours.
        min_change_words: Of a review or commit; with fewer nobody can tell what it follows. Ours.
        reason_weight: Weight of an example whose change and record name only the same issue or
            incident. Ours.
        max_characters: Of a whole example.
    """

    seed: int = 17
    min_context_words: int = 40
    min_statement_words: int = 6
    min_justification_words: int = 10
    min_consequence_words: int = 8
    max_leak: float = 0.2
    min_options: int = 2
    statuses: tuple[str, ...] = ("accepted", "deprecated", "superseded")
    without_status: tuple[str, ...] = ("decision",)
    exemplars: int = 2
    max_exemplar_characters: int = 6_000
    candidates: int = 4
    min_change_words: int = 8
    reason_weight: float = 0.5
    max_characters: int = 24_000

    @property
    def digest(self) -> str:
        """A digest of the settings, recorded in every example."""
        return settings_digest(RECIPE, VERSION, self)

    def of(self, task: str) -> str:
        """The digest for one task: two tasks on the same lines have two ids."""
        return sha256_text(self.digest, task)
