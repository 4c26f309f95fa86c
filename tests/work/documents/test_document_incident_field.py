"""Which incident a postmortem tells of joins it to that; what else it names is only mentioned."""

import pyarrow as pa
import pytest

from byline.work.documents.repository import documents_in_repository
from byline.work.schema import FILES

BODY = """\
# Postmortem: orders were sent twice

{field}
## Summary

Orders were sent twice for an hour.

## Root causes

A retry after a timeout was taken for a new order.

## Timeline

- 10:00 The first page
- 10:20 HAR-9 is opened for the follow-up

## Action items

- Give orders a key (HAR-9)
"""


def links(field):
    text = BODY.format(field=field)
    row = {"item": "f", "repository": "ledger", "path": "docs/postmortems/2026-02-10-twice.md",
           "size": len(text), "text": text,
           "origins": [{"start": 1, "lines": text.count("\n"), "commit": "c" * 40}]}  # fmt: skip
    columns = {name: [row.get(name)] for name in ("path", "size", "skip", "text", "origins")}
    table = FILES.empty_table().select(list(columns))
    table = pa.Table.from_pydict(columns, schema=table.schema)
    [reading] = documents_in_repository(
        table, repository="ledger", times={}, projects=["github:acme/ledger"]
    )
    assert reading.kind == "incident"
    return {one.target: one.kind for one in reading.links}


@pytest.mark.parametrize(
    "field", ["- Incident: HAR-7", "| Incident | HAR-7 |\n|---|---|", "**Incident ID:** HAR-7"]
)
def test_the_incident_of_a_postmortem_is_what_it_follows(field):
    found = links(field)
    assert found["jira:HAR-7"] == "follows"
    assert found["jira:HAR-9"] == "mentions"
