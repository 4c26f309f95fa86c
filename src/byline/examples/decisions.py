"""The `decision` recipe: how this organisation decides, from its records of decisions.

Records come from `byline.work.documents`: MADR, Nygard's form, Y-statements and design documents.
Tasks are units of their own, named in the label ``task``: see `byline.examples.decision_tasks` and
`byline.examples.decision_pairs`; ``preference`` yields drafts with `Draft.rejected`. Filters and
their limits follow DRAFT (arXiv 2504.08207) and are settings (`DecisionSettings`). A record is used
only with all the lines that a task needs: one excluded line declines the unit.
"""

from collections.abc import Iterator
from functools import partial

from byline.examples.decision_exemplars import shelf
from byline.examples.decision_pairs import (
    applications,
    make_application,
    make_revision,
    revisions,
)
from byline.examples.decision_records import decisions_of
from byline.examples.decision_settings import RECIPE, VERSION, DecisionSettings
from byline.examples.decision_tasks import Desk, make, units
from byline.examples.draft import Declined, Draft, Making, each
from byline.examples.material import Material

__all__ = ["RECIPE", "TASKS", "VERSION", "DecisionSettings", "decision"]

TASKS = ("options", "choice", "consequences", "preference", "revision", "applies")


def decision(source: Material, settings: DecisionSettings) -> Iterator[Draft | Declined]:
    """Drafts of all tasks of all records of decisions, or why there is none."""
    records = list(decisions_of(source))
    known = shelf(records, source, settings)
    for task in TASKS:
        making = Making(RECIPE, VERSION, settings.of(task), source.overrides)
        desk = Desk(source, settings, making, known)
        if task == "revision":
            yield from each(making, revisions(records, source), partial(make_revision, desk=desk))
        elif task == "applies":
            found = applications(records, source)
            yield from each(making, found, partial(make_application, desk=desk))
        else:
            yield from each(making, units(records, task), make(task, desk))
