"""The ledger: append-only facts about terms, withdrawals, decisions, releases and models.

Records are added, never edited (law 9): triggers refuse UPDATE and DELETE, and a chain of hashes
tells of whoever goes around them. The present is a query. SQLite by default; any SQLAlchemy URL
with the same schema otherwise. The ledger holds no text of anyone's work, and no link from a
pseudonym to a person.
"""

from byline.workspace.ledger.chain import Head, head
from byline.workspace.ledger.checking import Checked, Fault, check_ledger, sound_ledger
from byline.workspace.ledger.opening import open_ledger
from byline.workspace.ledger.records import (
    append,
    append_all,
    find_release,
    models_of,
    releases,
    rows,
    table_of,
    withdrawals,
)

__all__ = [
    "Checked",
    "Fault",
    "Head",
    "append",
    "append_all",
    "check_ledger",
    "find_release",
    "head",
    "models_of",
    "open_ledger",
    "releases",
    "rows",
    "sound_ledger",
    "table_of",
    "withdrawals",
]
