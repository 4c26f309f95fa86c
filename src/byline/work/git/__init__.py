"""Reading git: a checked mirror of our own, then trees, history, authorship and edits from it."""
