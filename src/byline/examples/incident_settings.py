"""The numbers of the `incident` recipe; see `byline.examples.incidents` for their use."""

from dataclasses import dataclass
from typing import Final

from byline.examples.candidate import settings_digest
from byline.workspace.files import sha256_text

RECIPE: Final = "incident"
VERSION: Final = "1"


@dataclass(frozen=True)
class IncidentSettings:
    """Limits of the recipe.

    Attributes:
        seed: For choices by hash.
        min_root_cause_words: A shorter cause explains nothing.
        min_summary_words: Ours.
        min_mitigation_words: Ours.
        min_step_words: Of a step that is to be learned. Ours.
        min_prefix: Steps that are shown before the first that is asked for. Ours.
        max_steps: Steps asked for of one incident; more are thinned by hash. Ours.
        min_action_items: Ours.
        max_trace_lines: A longer stack trace is taken out.
        max_leak: Share of the answer's five-word runs that the prompt may hold. Ours.
        customers: Names that become placeholders; the closed world of an organisation's customers.
        max_characters: Of a whole example.
    """

    seed: int = 17
    min_root_cause_words: int = 15
    min_summary_words: int = 5
    min_mitigation_words: int = 5
    min_step_words: int = 4
    min_prefix: int = 2
    max_steps: int = 20
    min_action_items: int = 1
    max_trace_lines: int = 30
    max_leak: float = 0.2
    customers: tuple[str, ...] = ()
    max_characters: int = 24_000

    @property
    def digest(self) -> str:
        """A digest of the settings, recorded in every example."""
        return settings_digest(RECIPE, VERSION, self)

    def of(self, task: str) -> str:
        """The digest for one task: two tasks on the same lines have two ids."""
        return sha256_text(self.digest, task)
