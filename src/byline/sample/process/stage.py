"""Play scenes into a repository: branches, patchsets under hidden refs, squashes, talk.

Invariants: time never goes back on a branch; every state of a review is a commit that a ref keeps
(what a forced push let go of stays under ``refs/keep-around``, as in the company's mirror); what is
merged is what replaying the review's edits on its target gives.
"""

import hashlib
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from byline.errors import IntegrityError
from byline.sample.fast_import import Commit, Recorder
from byline.sample.history import signature
from byline.sample.people import person
from byline.sample.process.accounts import mention_names
from byline.sample.process.edits import edited
from byline.sample.process.records import Build, Issue, Played, Review, Talk
from byline.sample.process.scene import Step
from byline.sample.tree import File

_NAMED = re.compile(r"\{\{([\w.-]+)\}\}")
_MENTIONED = re.compile(r"@\d{3}\b")


@dataclass(frozen=True, slots=True)
class Setting:
    """The forge and the name of a played repository."""

    repository: str
    project: str
    forge: str
    first_files: tuple[File, ...]


@dataclass
class Stage:
    """The state of a repository while its scenes are played."""

    setting: Setting
    recorder: Recorder
    seed: int
    branches: dict[str, Commit] = field(default_factory=dict)
    named: dict[str, Commit] = field(default_factory=dict)
    reviews: dict[int, Review] = field(default_factory=dict)
    issues: dict[str, Issue] = field(default_factory=dict)
    builds: list[Build] = field(default_factory=list)
    expectations: list[tuple[str, Step]] = field(default_factory=list)
    current: dict[str, str] = field(default_factory=dict)
    num_main: int = 0

    def native(self, *name: object) -> int:
        """Return the number that the forge gave to something."""
        text = ":".join(map(str, (self.setting.repository, *name)))
        return 1_200_000_000 + int(hashlib.sha256(text.encode()).hexdigest()[:7], 16)

    def words(self, text: str) -> str:
        """Return a text with named commits as ids, and people as accounts."""
        mentions = mention_names()
        text = _NAMED.sub(lambda found: self._oid(found[1]), text)
        return _MENTIONED.sub(lambda found: mentions.get(found[0], found[0]), text)

    def _oid(self, name: str) -> str:
        if name not in self.named:
            raise IntegrityError(f"no commit is named {name}")
        return self.named[name].oid

    def commit(self, step: Step, tree: Any, parents: Sequence[Commit], message: str, *,
               by: str = "", hub: bool = False) -> Commit:  # fmt: skip
        """Record a commit by somebody; `hub`: the forge itself committed it."""
        who = person(by or step.fact("by"))
        author = signature(who, step.when, 1.0)
        committer = signature(who, step.when, 1.0, hub=hub)
        made = self.recorder.commit(tree, parents=parents, author=author, committer=committer,
                                    message=message)  # fmt: skip
        if step.fact("name"):
            self.named[step.fact("name")] = made
        return made

    def advance(self, branch: str, commit: Commit) -> None:
        """Move a branch."""
        self.branches[branch] = commit
        self.num_main += branch == "main"

    def review(self, step: Step) -> Review:
        """Return the review that a step is about: the one it names, or its scene's."""
        name = step.fact("on") or self.current.get(step.scene, "")
        if not name.isdigit() or int(name) not in self.reviews:
            raise step.fail(f"no review {name or 'was opened in this scene'}")
        return self.reviews[int(name)]


Handler = Callable[[Stage, Step], None]


def play_scenes(
    setting: Setting, steps: Sequence[Step], recorder: Recorder, *, seed: int,
    handlers: Mapping[str, Handler],
) -> Played:  # fmt: skip
    """Play steps in order of time.

    Args:
        setting: Where.
        steps: What happens.
        recorder: Takes the commits.
        seed: For what is invented beside the scenes.
        handlers: What each word of a step does.

    Raises:
        IntegrityError: A step does not fit what is there; it says which.
    """
    stage = Stage(setting, recorder, seed)
    for step in sorted(steps, key=lambda one: one.when):
        if step.word not in handlers:
            raise step.fail("no such word")
        try:
            handlers[step.word](stage, step)
        except IntegrityError as error:
            if str(error).startswith("scene "):
                raise
            raise step.fail(str(error)) from error
    for branch, commit in sorted(stage.branches.items()):
        recorder.point(f"refs/heads/{branch}", commit)
    return Played(
        repository=setting.repository, project=setting.project, head=stage.branches["main"],
        commits=stage.named, reviews=[stage.reviews[one] for one in sorted(stage.reviews)],
        issues=list(stage.issues.values()), builds=stage.builds,
        expectations=stage.expectations, num_commits=recorder.num_commits,
        num_main=stage.num_main,
    )  # fmt: skip


def on_commit(stage: Stage, step: Step) -> None:
    """A commit straight to a branch; the first of all holds what every repository holds."""
    branch = step.fact("branch", "main")
    tip = stage.branches.get(branch)
    if tip is None and stage.branches:
        tip = stage.branches["main"]
    tree = tip.tree if tip else {file.path: file for file in stage.setting.first_files}
    made = stage.commit(step, edited(tree, step.edits), [tip] if tip else [],
                        stage.words(step.text))  # fmt: skip
    stage.advance(branch, made)


def on_branch(stage: Stage, step: Step) -> None:
    """A branch from a commit of main."""
    start = stage.named[step.fact("from")] if step.fact("from") else stage.branches["main"]
    stage.branches[step.name] = start


def on_expect(stage: Stage, step: Step) -> None:
    """What the answer key must say; it is about the review or issue of the scene."""
    number = stage.current.get(step.scene)
    issue = stage.current.get(f"issue:{step.scene}", "")
    token = f"review:{number}" if number else f"issue:{issue}"
    stage.expectations.append((token, step))


def say(stage: Stage, step: Step, kind: str, **facts: Any) -> Talk:
    """Add something said to the review of a step."""
    review = stage.review(step)
    patch = int(step.fact("patch", str(len(review.patches))))
    name = step.fact("id")
    native = stage.native(review.number, kind, len(review.talk), name)
    talk = Talk(kind, native, name, step.fact("by"), step.when, stage.words(step.text), patch,
                **facts)  # fmt: skip
    review.talk.append(talk)
    return talk
