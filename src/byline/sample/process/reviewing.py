"""The steps of reviews: opening, patchsets, comments, votes, merging."""

import hashlib
from collections.abc import Sequence
from dataclasses import replace

from byline.sample.fast_import import Commit
from byline.sample.people import CAST, person
from byline.sample.process.edits import edited, line_number, text_of
from byline.sample.process.records import Patch, Review
from byline.sample.process.scene import Step
from byline.sample.process.stage import Stage, say


def on_review(stage: Stage, step: Step) -> None:
    """A pull request or change is opened; its first line is the title."""
    number = int(step.name)
    joint = "#" if stage.setting.forge == "github" else "~"
    key = f"{stage.setting.forge}:{stage.setting.project}{joint}{number}"
    step = replace(step, text=stage.words(step.text))
    stage.reviews[number] = Review(number, key, step, step.fact("into", "main"))
    stage.current[step.scene] = step.name


def change_id(review: Review) -> str:
    """Return the Change-Id of a change; a backport has that of its original."""
    key = review.step.fact("like") or str(review.number)
    return "I" + hashlib.sha256(f"change:{key}".encode()).hexdigest()[:40]


def hidden_ref(stage: Stage, review: Review, patch: int) -> str:
    """Return the ref that keeps a patchset."""
    if stage.setting.forge == "github":
        return f"refs/pull/{review.number}/head"
    return f"refs/changes/{review.number % 100:02d}/{review.number}/{patch}"


def on_patch(stage: Stage, step: Step) -> None:
    """A new state: pushed on top (GitHub), amended (Gerrit), forced, or rebased."""
    review = stage.review(step)
    mode = step.fact("mode", "push" if stage.setting.forge == "github" else "amend")
    last = review.patches[-1] if review.patches else None
    fresh = last is None or mode == "rebase" or step.fact("base") == "main"
    base = stage.branches[review.target] if fresh or last is None else last.base
    older = last.edits if last and mode != "force" else ()
    edits = (*older, *step.edits)
    message = _message(stage, review, step)
    if last is not None and mode == "push":
        head = stage.commit(step, edited(last.head.tree, step.edits), [last.head], message)
        commits: tuple[Commit, ...] = (*last.commits, head)
    else:
        author = last.head.author if last and mode == "rebase" else None
        head = stage.commit(step, edited(base.tree, edits), [base], message,
                            by=_by_address(author.email) if author else "")  # fmt: skip
        commits = (head,)
    if last is not None and mode in ("force", "rebase") and stage.setting.forge == "github":
        stage.recorder.point(f"refs/keep-around/{last.head.oid}", last.head)
    kind = "initial" if last is None else mode
    number = len(review.patches) + 1
    patch = Patch(number, kind, head, base, step.fact("by"), step.when, commits, edits)
    review.patches.append(patch)
    stage.recorder.point(hidden_ref(stage, review, number), head)


def _by_address(email: str) -> str:
    return next(one.id for one in CAST if any(email == known for _, known in one.identities))


def _message(stage: Stage, review: Review, step: Step) -> str:
    text = stage.words(step.text) or review.step.text
    if stage.setting.forge == "github":
        return text
    body, _, trailers = text.partition("\n---\n")
    more = f"\n{trailers}" if trailers else ""
    return f"{body.rstrip()}\n\nChange-Id: {change_id(review)}{more}"


def on_comment(stage: Stage, step: Step) -> None:
    """A comment at a line of a patchset, found by its words; a reply stands where it answers."""
    review = stage.review(step)
    if step.fact("reply"):
        first = review.said(step.fact("reply"))
        say(stage, step, "inline", path=first.path, start=first.start, end=first.end,
            side=first.side, reply=first.name)  # fmt: skip
        return
    patch = review.patches[int(step.fact("patch", str(len(review.patches)))) - 1]
    old = step.fact("side") == "old"
    path, text = step.fact("path"), ""
    if path not in ("/COMMIT_MSG", "/PATCHSET_LEVEL"):
        text = text_of(patch.base.tree if old else patch.head.tree, path)
        start = line_number(text, step.fact("line"))
        end = line_number(text, step.fact("to")) if step.fact("to") else start
    else:
        start = end = int(step.fact("line", "0"))
    say(stage, step, "inline", path=path, start=start, end=end, side="LEFT" if old else "RIGHT")


def on_say(stage: Stage, step: Step) -> None:
    """A comment on the whole."""
    say(stage, step, "say")


def on_vote(stage: Stage, step: Step) -> None:
    """A review with a verdict, or a vote."""
    say(stage, step, "vote", state=step.fact("state"))


def on_event(stage: Stage, step: Step) -> None:
    """Something that the forge notes without words."""
    say(stage, step, "event", state=step.name)


def on_resolve(stage: Stage, step: Step) -> None:
    """Discussions are marked as resolved."""
    stage.review(step).resolved.update(step.name.split())


def on_merge(stage: Stage, step: Step) -> None:
    """The review's edits on top of its target, as one commit."""
    review = stage.review(step)
    last = review.patches[-1]
    tip = stage.branches[review.target]
    review.main_before = tip
    author = _by_address(last.commits[0].author.email)
    review.merged = stage.commit(
        step, edited(tip.tree, last.edits), [tip], _merged_message(stage, review, step),
        by=author, hub=stage.setting.forge == "github",
    )  # fmt: skip
    review.closed, review.closed_by = step.when, step.fact("by")
    stage.advance(review.target, review.merged)
    if stage.setting.forge == "gerrit":
        number = len(review.patches) + 1
        merged = Patch(number, "merged", review.merged, tip, step.fact("by"), step.when,
                       (review.merged,), last.edits)  # fmt: skip
        review.patches.append(merged)
        stage.recorder.point(hidden_ref(stage, review, number), review.merged)


def _merged_message(stage: Stage, review: Review, step: Step) -> str:
    if stage.setting.forge == "github":
        title, _, body = (stage.words(step.text) or review.step.text).partition("\n")
        words = f"{title} (#{review.number})"
        return f"{words}\n{body}" if step.text else _with_subjects(words, review)
    approved = [one.by for one in review.talk if one.kind == "vote" and one.state == "+2"]
    page = f"https://review.harbour.example/c/{stage.setting.project}/+/{review.number}"
    rows = [f"Reviewed-on: {page}"]
    rows += [f"Reviewed-by: {person(who).name} <{person(who).email}>" for who in approved]
    return "\n".join([review.patches[-1].head.message.rstrip(), *dict.fromkeys(rows)])


def _with_subjects(words: str, review: Review) -> str:
    subjects: Sequence[str] = [one.message.split("\n")[0] for one in review.patches[-1].commits]
    trailers = sorted({
        row for one in review.patches[-1].commits for row in one.message.split("\n")
        if row.startswith(("Co-authored-by:", "(cherry picked from", "This reverts commit"))
    })  # fmt: skip
    body = "\n\n" + "\n\n".join(f"* {one}" for one in subjects) if len(subjects) > 1 else ""
    return words + body + ("\n\n" + "\n".join(trailers) if trailers else "")


def on_close(stage: Stage, step: Step) -> None:
    """Closed or abandoned without a merge; the text says why."""
    review = stage.review(step)
    if step.text:
        say(stage, step, "say")
    review.closed, review.closed_by = step.when, step.fact("by")
