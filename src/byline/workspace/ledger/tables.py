"""The ledger's schema, as SQLAlchemy Core tables. Migrations bring a database to it."""

import sqlalchemy as sa

NAMING = {
    "ix": "ix_%(column_0_label)s",
    "uq": "uq_%(table_name)s_%(column_0_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_name)s_%(referred_table_name)s",
    "pk": "pk_%(table_name)s",
}
METADATA = sa.MetaData(naming_convention=NAMING)


def _facts(name: str, *columns: sa.Column[object]) -> sa.Table:
    return sa.Table(
        name,
        METADATA,
        sa.Column("sequence", sa.Integer, primary_key=True, autoincrement=True),
        sa.Column("recorded", sa.DateTime(timezone=True), nullable=False),
        *columns,
    )


def _text(name: str, *, nullable: bool = False) -> sa.Column[object]:
    return sa.Column(name, sa.Text, nullable=nullable)


def _json(name: str) -> sa.Column[object]:
    return sa.Column(name, sa.JSON, nullable=False)


TERMS = _facts("terms", _text("digest"), _json("agreements"), _json("summary"))
"""Each distinct set of agreements, notices and objections that decisions were made under."""

ROSTERS = _facts("rosters", _text("digest"), _json("summary"))
"""Each distinct roster with its aliases, by digest; the roster itself stays with its owner."""

WITHDRAWALS = _facts(
    "withdrawals", _text("person"), _text("received"), _json("classes"), _json("purposes"),
    _text("note"),
)  # fmt: skip
"""A person's withdrawal, in force from the day received."""

ALIASES = _facts(
    "aliases", _text("action"), _text("email"), _text("person"), _text("note"), _text("actor")
)
"""Each merge of an address with a person, and each split, and who confirmed it (empty: unsaid)."""

DECISION_SETS = _facts(
    "decision_sets", _text("digest"), _text("terms"), _text("as_of"), _json("counts")
)
"""Each distinct set of decisions: the digest of the table, and its counts by reason."""

RELEASES = _facts(
    "releases", _text("release"), _text("name"), _json("purposes"), _text("root"),
    _text("manifest_sha256"), _text("path"), _json("counts"), sa.Column("log_index", sa.Integer),
)  # fmt: skip
"""Each sealed release."""

CONTRIBUTORS = _facts(
    "release_contributors", _text("release"), _text("contributor"),
    sa.Column("examples", sa.Integer, nullable=False),
)  # fmt: skip
"""The pseudonyms inside a release. Who they are is in the linkage key's keeping, not here."""

MODELS = _facts(
    "models", _text("model"), _text("release"), _text("purpose"), _text("weights_sha256"),
    _text("path"), _json("settings"), sa.Column("log_index", sa.Integer),
)  # fmt: skip
"""Each model and the one release that taught it."""

EVALUATIONS = _facts("evaluations", _text("model"), _text("release"), _json("figures"))
"""Each evaluation of a model."""

EVENTS = _facts("events", _text("verb"), _text("subject"), _json("detail"))
"""What was done: one row a verb that changed something."""
