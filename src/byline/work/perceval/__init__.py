"""Perceval's JSON output, a bridge to its many sources (https://github.com/chaoss/grimoirelab).

Nothing of Perceval is imported or run: its output is read, as files.
"""
