"""Proof that anyone can check: canonical bytes, Merkle trees, absence, signed notes and a log.

Invariant: nothing here imports the rest of Byline; the standard library and `cryptography` suffice,
so that a sceptic can carry this package away and read it in an afternoon. Verification raises or
returns; no function answers with a truth value that a caller could forget to look at.

Modules: `canonical`, `merkle`, `bigtree`, `absence`, `note`, `keys`, `checkpoint`, `logproof`,
`log`, `appender`, `rotation`, `check`; under them `tiles`, `durable`, `logfiles`, `logwrite`,
`journal`, `keychain`. Errors are in `errors`.
"""
