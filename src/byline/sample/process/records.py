"""What a played repository leaves behind: reviews with patchsets and talk, issues, builds.

These are neutral; each forge's export is written from them.
"""

from dataclasses import dataclass, field

from byline.sample.fast_import import Commit
from byline.sample.process.scene import Edit, Step


@dataclass(frozen=True, slots=True)
class Patch:
    """One state of a review; `kind` is initial, push, force, amend, rebase or merged."""

    number: int
    kind: str
    head: Commit
    base: Commit
    by: str
    when: int
    commits: tuple[Commit, ...]
    edits: tuple[Edit, ...]


@dataclass(frozen=True, slots=True)
class Talk:
    """One thing said or done in a review; `kind` is inline, say, vote or event.

    `start` and `end` are lines from 1 in the old or new side of the patch's file.
    """

    kind: str
    native: int
    name: str
    by: str
    when: int
    text: str
    patch: int
    state: str = ""
    path: str = ""
    start: int = 0
    end: int = 0
    side: str = "RIGHT"
    reply: str = ""


@dataclass
class Review:
    """A pull request or change as far as it has gone."""

    number: int
    key: str
    step: Step
    target: str
    patches: list[Patch] = field(default_factory=list)
    talk: list[Talk] = field(default_factory=list)
    resolved: set[str] = field(default_factory=set)
    merged: Commit | None = None
    main_before: Commit | None = None
    closed: int | None = None
    closed_by: str = ""

    @property
    def state(self) -> str:
        """merged, closed or open."""
        if self.merged:
            return "merged"
        return "closed" if self.closed else "open"

    def said(self, name: str) -> Talk:
        """Return what was said under a name in the scene."""
        for one in self.talk:
            if one.name == name:
                return one
        raise self.step.fail(f"nothing is named {name}")

    def thread(self, one: Talk) -> Talk:
        """Return the comment that began the discussion."""
        while one.reply:
            one = self.said(one.reply)
        return one


@dataclass
class Issue:
    """An issue on GitHub or in Jira with what happened to it."""

    name: str
    key: str
    step: Step
    steps: list[Step] = field(default_factory=list)
    natives: dict[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Build:
    """One run of one job of continuous integration."""

    name: str
    native: int
    step: Step
    commit: Commit
    branch: str
    review: int
    passed: bool


@dataclass
class Played:
    """Everything that became of a folder of scenes."""

    repository: str
    project: str
    head: Commit
    commits: dict[str, Commit]
    reviews: list[Review]
    issues: list[Issue]
    builds: list[Build]
    expectations: list[tuple[str, Step]]
    num_commits: int
    num_main: int
