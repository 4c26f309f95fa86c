"""Documents as people write them, one of each form."""

MADR = """\
---
status: "accepted"
date: 2024-03-11
decision-makers: Ada Quay, Bo Reef
---
# Keep tide tables in PostgreSQL

## Context and Problem Statement

The planner reads tide tables for every berth on each request. The files on the share are parsed
again and again, and two planners that write at once have lost entries twice this winter. We need
one place that both the planner and the nightly import can write to. See #41 and PILOT-12.

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
* Good, because `src/tides/store.py` can use transactions
* Bad, because tests need a running server

### Confirmation

The import runs twice in parallel in CI.

## Pros and Cons of the Options

### PostgreSQL

* Good, because the team restores it every night already
* Good, because it locks rows
* Bad, because it is one more server to patch

### SQLite on the share

* Good, because nothing must be installed anywhere
* Bad, because locks on network shares are unreliable and writers would lose updates

### A document store

* Good, because tables need no schema
* Bad, because nobody on the team has run one

## More Information

Supersedes [ADR-0002](0002-files-on-the-share.md).
"""

NYGARD = """\
# 2. Keep tide tables as files on the share

Date: 2022-05-02

## Status

Accepted

Superceded by [7. Keep tide tables in PostgreSQL](0007-postgresql.md)

## Context

The harbour office maintains the tide tables by hand in spreadsheets.

## Decision

We will keep the exported files on the share and parse them when they are needed.

## Consequences

Anyone can mend a table. Two people who save at once overwrite each other.
"""

Y_STATEMENT = """\
# Queue berth messages

In the context of the berth planner, facing lost radio messages at night,
we decided for a durable queue and neglected direct calls,
to achieve delivery after restarts, accepting that a message may come twice.
"""

RFC_RST = """\
==========================
RFC 12: Pilot assignment
==========================

:Author: Ada Quay
:Status: Draft

Summary
=======

Assign pilots by draught and by tide.

Motivation
==========

Pilots wait for ships that cannot come in before the tide turns.

.. code-block:: python

    Proposal
    ========

Proposal
========

Sort arrivals by the earliest tide that carries them.

Alternatives
============

- Leave it to the dispatcher
- A fixed timetable

Drawbacks
=========

The tide service becomes a dependency.
"""

ASCIIDOC = """\
= Use a message bus
:status: accepted

== Context

Services call each other directly and fail together.

----
== Not a heading
----

== Decision

We will use a message bus between services.

== Consequences

Operators must watch one more system.
"""

HTML = """\
<!DOCTYPE html>
<html><head><title>x</title><script>alert("<h1>no</h1>")</script></head>
<body>
<h1>Use <em>signed</em> manifests</h1>
<h2>Status</h2><p>Accepted</p>
<h2>Context</h2>
<p>Ships send manifests that nobody can check &amp; that change on the way.</p>
<h2>Decision</h2>
<p>We will sign them with the agent's key.</p>
<h2>Consequences</h2>
<ul><li>Agents need keys</li></ul>
</body></html>
"""

POSTMORTEM = """\
# INC-104: Berth planner down during spring tide

* Severity: SEV-1
* Service: berth-planner
* Detected: 2024-03-10T05:12Z
* Resolved: 2024-03-10T06:40Z

## Summary

From 05:05 to 06:40 the planner answered no request.

## Impact

Eleven ships waited outside the lock.

## Root Cause

The pool of connections was exhausted, because #38 introduced a retry without a limit and every
retry held its connection until the statement timed out after ten minutes.

## Trigger

The spring tide tripled the number of requests.

## Resolution

The retry was switched off by configuration and the pool restarted.

## Detection

An alert on the age of the oldest request.

## Timeline

* 05:05 Requests begin to wait
* 05:12 The alert on waiting requests fires
* 05:20 The planner is restarted
  and fails again after two minutes
* 05:48 Connection counts are compared with the day before

## Action Items

| Action | Owner | Ticket |
|---|---|---|
| Limit retries to three | @ada | PILOT-40 |
| Alert on pool usage | @bo | PILOT-41 |

## Lessons Learned

Limits belong to every retry.
"""
