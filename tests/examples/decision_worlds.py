"""Repositories with documents for the tests of recipes, through the reader itself."""

from dataclasses import replace

import pyarrow as pa
from material_of import REPOSITORY, at, commit_of

from byline.examples.draft import Declined, Draft
from byline.work.documents.repository import documents_in_repository
from byline.work.identifiers import line_list
from byline.work.schema import FILES

DAY = 24 * 60


def document(path, text, *, by="ann", days=0, others=None):
    """A document: all lines by one account, but those that hold a given word.

    Args:
        others: Account by a word of the line.
    """
    return {"path": path, "text": text, "by": by, "days": days, "others": others or {}}


def readings(*documents, every_document=False):
    """What the reader makes of a repository with these documents, in order of path."""
    table = pa.Table.from_pylist([_row(one) for one in documents], schema=FILES)
    found = []
    for one in documents:
        accounts = {one["by"], *one["others"].values()}
        times = {commit_of(account): at(one["days"] * DAY) for account in accounts}
        read = documents_in_repository(
            table, repository=REPOSITORY, times=times, projects=["github:acme/ledger"],
            every_document=every_document,
        )  # fmt: skip
        found += [reading for reading in read if reading.file == one["path"]]
    return found


def closed(reading, days):
    """The same, with a later end of its group."""
    return replace(reading, closed=at(days * DAY))


def _row(one):
    lines = line_list(one["text"])
    return {
        "item": one["path"], "repository": REPOSITORY, "path": one["path"], "oid": "0" * 40,
        "swhid": "", "size": len(one["text"]), "text": one["text"], "lines": len(lines),
        "skip": None,
        "origins": [
            {"start": number, "lines": 1, "commit": commit_of(_by(line, one))}
            for number, line in enumerate(lines, 1)
        ],
    }  # fmt: skip


def _by(line, one):
    return next((who for word, who in one["others"].items() if word in line), one["by"])


def drafts(found, task=None):
    """The drafts among what a recipe made, of one task."""
    made = [one for one in found if isinstance(one, Draft)]
    return [one for one in made if task is None or one.labels.get("task") == task]


def reasons(found):
    """Why units were declined, sorted."""
    return sorted({one.reason for one in found if isinstance(one, Declined)})


def says(draft, heading=None):
    """What a draft's turns say, or those with one heading."""
    turns = [*draft.turns, *draft.rejected]
    return "".join(
        piece.text for one in turns if heading in (None, one.heading) for piece in one.pieces
    )


def headings(draft):
    """The headings in order."""
    return [one.heading for one in draft.turns]


MADR = """\
---
status: accepted
date: 2026-01-20
deciders: Ada Quay
---
# Keep tide tables in PostgreSQL

## Context and Problem Statement

The planner reads tide tables for every berth on each request. The files on the share are parsed
again and again, and two planners that write at once have lost entries twice this winter. We need
one place that both the planner and the nightly import can write to without losing anything.

## Decision Drivers

* No lost updates
* Restores within an hour

## Considered Options

* PostgreSQL
* SQLite on the share
* A document store

## Decision Outcome

Chosen option: "PostgreSQL", because the operations team already restores it nightly and row locks
keep two writers apart, which neither of the others gives us on a network share.

### Consequences

* Good, because lost updates end
* Bad, because tests need a running server now

## Pros and Cons of the Options

### PostgreSQL

* Good, because the team restores it every night already
* Bad, because it is one more server to patch

### SQLite on the share

* Good, because nothing must be installed anywhere
* Bad, because locks on network shares are unreliable

### A document store

* Bad, because nobody on the team has run one

## More Information

Supersedes [ADR-0002](0002-files-on-the-share.md).
"""

NYGARD = """\
# 2. Keep tide tables as files on the share

Date: 2025-05-02

## Status

Superseded by [7. A database](0007-postgresql.md)

## Context

The harbour office maintains the tide tables by hand in spreadsheets, and the planner needs them
for every berth. Nobody in the office can reach a database, and the tables change twice a year, so
that whatever reads them may take its time. The planner runs on the same network as the share.

## Decision

We will keep the exported files on the share and parse them when they are needed, because the
office can then mend a table with the tools that it knows.

## Consequences

Anyone can mend a table. Two people who save at once overwrite each other.
"""

Y_STATEMENT = """\
# Queue berth messages

In the context of the berth planner, facing lost radio messages at night and after restarts,
we decided for a durable queue and neglected direct calls,
to achieve delivery of every message after restarts of either side, accepting that some message
may come twice.
"""

POSTMORTEM = """\
# INC-104: Berth planner down during spring tide

* Severity: SEV-1
* Service: berth-planner

## Summary

From 05:05 to 06:40 the planner answered no request. This was due to an exhausted pool.

## Root Cause

The pool of connections on db-03.harbour.internal was exhausted, as a retry without a limit kept
every connection until its statement timed out after ten minutes. Ben forgot to set the limit.

## Detection

An alert on the age of the oldest request fired for 10.20.30.40.

## Resolution

The retry was switched off by configuration and the pool was restarted on both hosts.

## Timeline

* 05:05 Requests begin to wait in the queue
* 05:12 The alert on waiting requests fires
* 05:20 The planner is restarted and fails again after two minutes
* 05:31 Coffee
* 05:48 Compare the number of connections with the day before

## Action Items

* Limit retries of every client to three
* Alert on the use of the pool
"""
