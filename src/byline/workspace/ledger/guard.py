"""The triggers that keep a table append-only, by database."""

FUNCTION = """
CREATE OR REPLACE FUNCTION byline_append_only() RETURNS trigger LANGUAGE plpgsql AS
$$ BEGIN RAISE EXCEPTION 'the ledger is append-only'; END $$
"""
CHANGES = ("UPDATE", "DELETE")


def guards(dialect: str, table: str) -> list[str]:
    """Statements after which the database refuses to change or delete rows of a table."""
    prepare = [FUNCTION] if dialect == "postgresql" else []
    return [*prepare, *(_trigger(dialect, table, change) for change in CHANGES)]


def trigger_names(table: str) -> list[str]:
    """The names of a table's triggers, in the order of `guards`."""
    return [f"{table}_no_{change.lower()}" for change in CHANGES]


def _trigger(dialect: str, table: str, change: str) -> str:
    name = f"{table}_no_{change.lower()}"
    if dialect == "postgresql":
        return (
            f"CREATE TRIGGER {name} BEFORE {change} ON {table} "
            "FOR EACH ROW EXECUTE FUNCTION byline_append_only()"
        )
    return (
        f"CREATE TRIGGER {name} BEFORE {change} ON {table} "
        "BEGIN SELECT RAISE(ABORT, 'the ledger is append-only'); END"
    )
