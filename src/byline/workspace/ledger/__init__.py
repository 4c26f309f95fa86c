"""The ledger: append-only facts about terms, withdrawals, decisions, releases and models.

Records are added, never edited (law 9): triggers refuse UPDATE and DELETE. The present is a query.
SQLite by default; any SQLAlchemy URL with the same schema otherwise. The ledger holds no text of
anyone's work, and no link from a pseudonym to a person.
"""

from byline.workspace.ledger.records import (
    append,
    find_release,
    models_of,
    open_ledger,
    releases,
    rows,
    withdrawals,
)

__all__ = [
    "append",
    "find_release",
    "models_of",
    "open_ledger",
    "releases",
    "rows",
    "withdrawals",
]
