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

BASIS_EVENTS = _facts(
    "basis_events", _text("event"), _text("person"), _text("at"), _text("kind"), _json("classes"),
    _json("purposes"), _text("speaker"), _text("method"), _text("expires", nullable=True),
    _text("note"),
)  # fmt: skip
"""What people said about the use of their work: `byline.terms.events.BasisEvent`."""

SEPARATIONS = _facts(
    "separations", _text("separation"), _text("batch"), _text("person"), _text("kind"),
    _text("effective"), _text("country"), _text("region"), _json("detail"),
)  # fmt: skip
"""Each person's leaving, as told; `effective` is the last day. A second telling of it is no row."""

CHOICES = _facts(
    "choices", _text("separation"), _text("person"), _text("choice"), _text("at"),
    _text("speaker"), _json("detail"),
)  # fmt: skip
"""What somebody who leaves chose of stop, allow-retained and erase; the last one stands."""

SEPARATION_STATES = _facts(
    "separation_states", _text("separation"), _text("person"), _text("state"), _text("at"),
    _json("detail"),
)  # fmt: skip
"""Each state that a separation came to (`byline.terms.separations`)."""

HOLDS = _facts(
    "holds", _text("hold"), _text("action"), _text("matter"), _json("people"),
    _json("repositories"), _text("custodian"), _text("at"), _text("note"),
)  # fmt: skip
"""Each hold that was placed, and each that was released."""

SEALED = _facts(
    "sealed", _text("sealing"), _text("action"), _text("subject"), _text("sha256"),
    _json("detail"),
)  # fmt: skip
"""What was sealed away, opened or destroyed: the fact and hashes, never the content."""

RECEIPTS = _facts(
    "receipts", _text("receipt"), _text("kind"), _text("subject"), _text("batch"),
    _text("sha256"), _text("path"), _json("detail"),
)  # fmt: skip
"""Each signed receipt, by the hash of its bytes."""

DEPLOYMENTS = _facts(
    "deployments", _text("deployment"), _text("action"), _text("model"), _text("purpose"),
    _text("place"), _json("job_families"), _text("at"), _text("note"),
)  # fmt: skip
"""Each model that was put to use, for what and on whose kind of work, and each that was retired."""

PAUSES = _facts(
    "pauses", _text("pause"), _text("action"), _json("scope"), _text("at"), _text("note"),
    _json("detail"),
)  # fmt: skip
"""Each pause of capture or training, each resumption, and where a running process stopped."""

ACCEPTED = _facts(
    "accepted", _text("source"), sa.Column("number", sa.Integer, nullable=False), _text("record"),
    _text("manifest"),
)  # fmt: skip
"""The last record that was accepted from a source in one run, and under which capture manifest."""

PERSON_KEYS = _facts(
    "person_keys", _text("person"), _text("public_key"), _text("action"), _text("at"),
    _text("note"),
)  # fmt: skip
"""Personal public keys as they were issued, replaced and revoked."""

REQUESTS = _facts(
    "requests", _text("request"), _text("person"), _text("kind"), _text("sha256"), _json("content"),
)  # fmt: skip
"""Each signed request that was accepted, so that none counts twice."""

CHAIN = _facts(
    "chain", _text("about"), sa.Column("row", sa.Integer, nullable=False), _text("sha256"),
)  # fmt: skip
"""A hash for each row of every other table, over the row and the hash before it."""
