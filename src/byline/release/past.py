"""Contributions with people as they were known at another time.

Only who wrote something depends on the roster, its aliases and departures. So nothing else is made
again, and what is made goes into a folder of its own: the workspace's tables stay those of today.
"""

from dataclasses import replace

from byline.release.inputs import Inputs
from byline.release.prepare import Described, Tools, who_wrote


def described_under(described: Described, inputs: Inputs, tools: Tools) -> Described:
    """The same work of a repository, by the people that `inputs` know.

    Args:
        described: The work as it is described today.
        inputs: People of the other time.
        tools: What the stages run with; `tables` is not the workspace's own folder of tables.
    """
    by = who_wrote(
        described.collected, inputs, tools, ownership=described.about.ownership,
        file_labels=described.file_labels, edit_labels=described.edit_labels,
        told=described.recorded,
    )  # fmt: skip
    return replace(
        described,
        bylines=by.people,
        file_contributions=by.files,
        edit_contributions=by.edits,
        about=replace(described.about, bylines=by.people),
    )
