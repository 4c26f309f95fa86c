"""How a commit relates to others, to issues and to reviews, as its message states it.

A pure function of the text: nothing is looked up, so a growing history changes no row. `resolution`
finds the commits that are meant. Kinds, and what their target is:

===================  ===========================================================================
reverts, reapplies   an id; or, with evidence ``subject``, the title in quotes; or a review number
cherry_picked_from   an id
backports            an id, a number or a URL; with evidence ``branch`` the branch it is for
fixes                the id of the commit at fault
fixup_of             the title, or the id, that follows ``fixup!``
issue                ``#1``, ``owner/name#1``, ``KEY-1``, ``bpo-1``, a URL
review               ``#1``, ``group/name!1``, ``D1``, a URL
change_id            Gerrit's; with evidence ``body`` that of a part that was squashed
supersedes           an id, a number or a URL
===================  ===========================================================================

A ``review`` is the commit's own: a merge, a squash, a footer. What is only referred to, issue or
review, is an ``issue``: GitHub counts both together, so ``#1`` after a closing word may be either.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from byline.work.git import relation_patterns as like

MOST = 64  # relations of one kind that a message may have; the rest of a hostile one is dropped
FIXUPS = ("fixup!", "squash!", "amend!")
LONGEST = 1 << 18  # characters of a message that are looked at


@dataclass(frozen=True, order=True)
class Relation:
    """One statement: what kind, about what, and the rule that read it."""

    kind: str
    target: str
    evidence: str


@dataclass(frozen=True)
class _Text:
    """A message, its title, and both without what is only quoted from another commit."""

    message: str
    lower: str
    subject: str
    own: str
    own_subject: str


def relations(message: str) -> list[Relation]:
    """Everything that a message states, each kind and target once, in a fixed order of rules."""
    text = _text(message[:LONGEST])
    found: dict[tuple[str, str], Relation] = {}
    counts: dict[str, int] = {}
    for one in _all(text):
        mark = (one.kind, one.target.lower())
        if mark not in found and counts.get(one.kind, 0) < MOST:
            found[mark] = one
            counts[one.kind] = counts.get(one.kind, 0) + 1
    return list(found.values())


def subject_of(message: str) -> str:
    """The title: the lines up to the first empty one, as git joins them."""
    title, _, _ = message.lstrip("\n").partition("\n\n")
    return " ".join(title.split("\n")).strip() if "\n" in title else title.strip()


def _text(message: str) -> _Text:
    lower = message.lower()
    subject = subject_of(message)
    own, own_subject = message, subject
    quoted = like.SUBJECT_REVERTS.match(subject) if "re" in lower or "roll" in lower else None
    if quoted is not None or lower.startswith("merge"):
        _, separator, rest = message.partition("\n")
        own = separator + rest
        own_subject = subject[quoted.end("subject") + 1 :] if quoted is not None else ""
    elif lower.startswith(FIXUPS):
        own_subject = ""
    return _Text(message, lower, subject, own, own_subject)


def _all(text: _Text) -> Iterator[Relation]:
    lower = text.lower
    if "revert" in lower or "apply" in lower or "land" in lower or "roll" in lower:
        yield from _reverts(text)
    if "cherry" in lower or "backport" in lower or "back-port" in lower or "upstream" in lower:
        yield from _copies(text)
    if lower.startswith(FIXUPS):
        for found in like.FIXUP.finditer(text.subject):
            yield Relation("fixup_of", found["subject"].strip(), "subject")
    if "fix" in lower or "introduced" in lower or "caused" in lower:
        yield from _fixes(text)
    if "change-id" in lower:
        yield from _change_ids(text)
    if "#" in lower or "!" in lower or "://" in lower or "gh-" in lower or "revision" in lower:
        yield from _reviews(text)
    if "supersede" in lower or "supercede" in lower or "replaces" in lower or "obsoletes" in lower:
        for found in like.SUPERSEDES.finditer(text.own):
            if _is_target(found["target"]):
                yield Relation("supersedes", found["target"], "footer")
    yield from _issues(text)


def _reverts(text: _Text) -> Iterator[Relation]:
    titled = like.SUBJECT_REVERTS.match(text.subject)
    named = list(_reverted_ids(text))
    yield from named
    if titled is not None:
        inner, verb = titled["subject"], titled["verb"].lower()
        again = like.SUBJECT_REVERTS.match(inner)
        if verb.startswith("re") and verb != "revert":
            yield Relation("reapplies", inner, "subject")
        elif again is not None and again["verb"].lower() == "revert":
            yield Relation("reapplies", again["subject"], "subject")
        if verb in ("revert", "roll back") and not named:
            yield Relation("reverts", inner, "subject")
    plain = like.CONVENTIONAL_REVERT.match(text.subject)
    if plain is not None and titled is None and not named:
        yield Relation("reverts", plain["subject"], "subject")
    for found in like.REVERTS_NUMBER.finditer(text.own):
        yield Relation("reverts", found["target"], "number")


def _reverted_ids(text: _Text) -> Iterator[Relation]:
    for found in like.THIS_REVERTS.finditer(text.message):
        kind = "reverts" if found["verb"].lower() == "reverts" else "reapplies"
        for oid in like.EACH_ID.findall(found["ids"].lower()):
            if _is_id(oid):
                yield Relation(kind, oid, "id")
    found_subject = like.SUBJECT_REVERTS_ID.match(text.subject)
    if found_subject is not None and _is_id(found_subject["id"].lower()):
        yield Relation("reverts", found_subject["id"].lower(), "id")


def _copies(text: _Text) -> Iterator[Relation]:
    for found in like.CHERRY_PICKED.finditer(text.message):
        if _is_id(found["id"].lower()):
            yield Relation("cherry_picked_from", found["id"].lower(), "id")
    for found in like.BACKPORTED_ID.finditer(text.message):
        oid = (found["id"] or found["upstream"] or found["stable"]).lower()
        if _is_id(oid):
            yield Relation("backports", oid, "id")
    for found in like.BACKPORT_OF.finditer(text.own):
        yield Relation("backports", found["target"], "number")
    branch = like.BACKPORT_BRANCH.match(text.subject)
    if branch is not None:
        yield Relation("backports", branch["branch"] or branch["before"], "branch")


def _fixes(text: _Text) -> Iterator[Relation]:
    for found in like.FIXES_COMMIT.finditer(text.own):
        oid = (found["trailer"] or found["said"] or found["blamed"]).lower()
        if found["quoted"] is not None or _is_id(oid):
            yield Relation("fixes", oid, "footer" if found["trailer"] else "sentence")


def _change_ids(text: _Text) -> Iterator[Relation]:
    """Gerrit takes the last one for the commit's own."""
    ids = [found["id"] for found in like.CHANGE_ID.finditer(text.message)]
    for one in ids[-1:]:
        yield Relation("change_id", one, "footer")
    for one in ids[:-1]:
        yield Relation("change_id", one, "body")


def _reviews(text: _Text) -> Iterator[Relation]:
    merged = like.MERGE_SUBJECT.match(text.subject)
    if merged is not None:
        yield from (Relation("review", target, "merge") for target in _merged(merged))
    suffix = like.SUBJECT_SUFFIX.search(text.own_subject)
    if suffix is not None:
        yield Relation("review", f"#{suffix['number']}", "subject_suffix")
    for pattern, evidence in (
        (like.MERGE_REQUEST, "merge"),
        (like.REVIEW_FOOTER, "footer"),
        (like.DIFFERENTIAL, "footer"),
        (like.LIST_MAIL, "mail"),
    ):
        yield from (
            Relation("review", found["target"], evidence) for found in pattern.finditer(text.own)
        )


def _merged(found: re.Match[str]) -> list[str]:
    """The reviews that a merge's title names."""
    if found["bors"]:
        return like.EACH_NUMBER.findall(found["bors"])
    if found["url"]:
        return [found["url"]] if like.REVIEW_PATH.search(found["url"]) else []
    return [f"#{found['github'] or found['bitbucket'] or found['server'] or found['homu']}"]


def _issues(text: _Text) -> Iterator[Relation]:
    lower = text.lower
    own = text.own
    if "#" in lower or "://" in lower or "-" in lower:
        for pattern, evidence in ((like.CLOSES, "closes"), (like.REFERS, "reference")):
            for found in pattern.finditer(own):
                yield from _items(found["list"], evidence)
    if "#" in lower:
        for found in like.NAMED.finditer(own):
            yield from _items(found["list"], "reference")
    if "gh-" in lower:
        for found in like.GITHUB.finditer(own):
            yield Relation("issue", f"#{found['number']}", "gh")
    if "bpo" in lower or "bz" in lower or "lp" in lower or "bug" in lower:
        yield from _tracker_items(own)
    if "-" in lower:
        yield from _keys(text)
    if "://" in lower:
        yield from _urls(own)


def _items(listed: str, evidence: str) -> Iterator[Relation]:
    """Issues of a list after a word; a URL only if it is an issue's or a review's."""
    for item in like.EACH_ITEM.findall(listed):
        target = item.split()[-1]
        if target.startswith("http"):
            if like.REVIEW_PATH.search(target) or like.ISSUE_PATH.search(target):
                yield Relation("issue", target, evidence)
        elif target.lower().startswith("gh-"):
            yield Relation("issue", f"#{target[3:]}", evidence)
        elif "#" in target or _is_key(target):
            yield Relation("issue", target, evidence)


def _tracker_items(own: str) -> Iterator[Relation]:
    for found in like.OTHER_TRACKERS.finditer(own):
        tracker, number = next((name, n) for name, n in found.groupdict().items() if n)
        joint = "-" if tracker == "bpo" else "#"
        yield Relation(
            "issue", f"{'bug' if tracker == 'id' else tracker}{joint}{number}", "tracker"
        )


def _keys(text: _Text) -> Iterator[Relation]:
    """Keys of an issue tracker, only where a key has its place: they look like much else."""
    lists = [found["list"] for found in like.LABELLED_KEYS.finditer(text.own)]
    for pattern in (like.LEADING_KEYS, like.TRAILING_KEY):
        lists += [found["list"] for found in pattern.finditer(text.own_subject)]
    for listed in lists:
        yield from (
            Relation("issue", key, "key") for key in like.EACH_KEY.findall(listed) if _is_key(key)
        )


def _urls(own: str) -> Iterator[Relation]:
    for found in like.ANY_URL.finditer(own):
        if like.REVIEW_PATH.search(found[0]) or like.ISSUE_PATH.search(found[0]):
            yield Relation("issue", found[0], "url")


def _is_key(text: str) -> bool:
    return text.partition("-")[0] not in like.NO_PROJECT


def _is_target(text: str) -> bool:
    return not like.EACH_ID.fullmatch(text) or _is_id(text)


def _is_id(text: str) -> bool:
    """Whether hex digits are an object id: words and plain numbers are not."""
    if len(text) >= 40:
        return len(text) in (40, 64)
    return any(letter.isdigit() for letter in text) and not text.isdigit()
