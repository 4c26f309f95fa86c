"""Readers of reviews: GitHub, GitLab, Gerrit and Phabricator, each to the same records.

What each export becomes is told in its module. Common to all:

- ``Reading.detail``: ``number``, ``project``, ``base_branch`` (null where not recorded),
  ``merged_commit`` (null unless merged), ``merged``, ``approved``, ``labels``, ``draft`` where it
  is one, ``changed_files`` (a count) where recorded.
- ``Reading.state``: merged | closed | open | abandoned.
- Parts stand in order of time after the title and the description; what has no time comes last.
- ``thread`` is the same for all parts of one discussion, ``state`` of these parts says how it ended
  (resolved | unresolved), or null where the export does not say.
- ``detail`` of an inline part: ``commit`` (the one that was commented on), ``outdated``,
  ``original_line``, ``suggestion`` (the lines proposed), ``suggestion_at`` (for each block, the
  first and last line of these lines within the part's text, counted from 1, last before first
  where nothing stands in it: so that they can be cut from a text that was redacted),
  ``suggestion_for`` (which lines of the file they replace). The text of the hunk that a forge
  repeats beside a comment is not kept: it is other people's work, and git has it with its authors.
- ``approved``: somebody's last vote is an approval, and nobody's last vote asks for changes.
- Who is deleted (``ghost``, null) has no account. ``origin`` is ``bot`` where the export says so,
  ``tool`` for texts that the forge wrote itself, and null else.
"""
