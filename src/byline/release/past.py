"""Contributions with people as they were known at another time.

Only who wrote something depends on the roster, its aliases and departures. So nothing else is made
again, and what is made goes into a folder of its own: the workspace's tables stay those of today.
"""

from dataclasses import replace

from byline.release import stages
from byline.release.inputs import Inputs
from byline.release.prepare import Described, Tools, commits_beside, run_groups


def described_under(described: Described, inputs: Inputs, tools: Tools) -> Described:
    """The same work of a repository, by the people that `inputs` know.

    Args:
        described: The work as it is described today.
        inputs: People of the other time.
        tools: What the stages run with; `tables` is not the workspace's own folder of tables.
    """
    collected = described.collected
    people = run_groups(
        stages.PEOPLE, [(part,) for part in collected.commits], tools,
        {"directory": inputs.directory}, inputs.directory.digest,
    )  # fmt: skip
    ownership = described.about.ownership
    owned = {"ownership": ownership}, repr(ownership)
    recorded = described.recorded
    files = zip(collected.files, described.file_labels, recorded.files, strict=True)
    edits = zip(
        collected.edits, described.edit_labels, commits_beside(collected), recorded.edits,
        strict=True,
    )  # fmt: skip
    return replace(
        described,
        bylines=people,
        file_contributions=run_groups(
            stages.FILE_CONTRIBUTIONS, [(*group, *people) for group in files], tools, *owned
        ),
        edit_contributions=run_groups(
            stages.EDIT_CONTRIBUTIONS, [(*group, *people) for group in edits], tools, *owned
        ),
        about=replace(described.about, bylines=people),
    )
