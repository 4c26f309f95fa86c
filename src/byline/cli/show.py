"""The audit as tables in a terminal."""

from byline.answers.audit import Audit
from byline.answers.origins import Origins
from byline.answers.signed import Signed
from byline.cli.voice import Voice

SHOWN = 15
HOLDERS = {
    "other": "another person",
    "forge": "a forge, for what it merged",
    "shared": "a key of several people",
}


def show_audit(voice: Voice, found: Audit) -> None:
    """The parts of an audit that fit a terminal; the page and the JSON have all of it."""
    period = f"{found.first} to {found.last}" if found.first else "no dates"
    voice.line(
        f"{found.repository} at {found.commit[:12]}: {found.commits:,} commits, {period}; "
        f"{found.contents.files:,} files, {found.contents.lines:,} lines\n"
    )
    _people(voice, found)
    show_signed(voice, found.signed)
    _origins(voice, found.origins)
    voice.table(
        "Languages",
        ("language", "files", "lines"),
        [(one.name, one.files, one.lines) for one in found.contents.languages[:SHOWN]],
    )
    _contents(voice, found)
    voice.table(
        "What could be trained on today",
        ("under", "lines", "of all", "most of the rest is excluded because"),
        [
            (
                scenario.title,
                scenario.trainable,
                _percent(scenario.trainable, scenario.lines),
                next((fate.sentence for fate in scenario.fates if fate.code != "trainable"), ""),
            )
            for scenario in found.scenarios
        ],
    )


def _people(voice: Voice, found: Audit) -> None:
    whose = found.holders
    claim = " (grouped by the repository's own .mailmap: a claim)" if whose.mailmap_entries else ""
    # Those with most of the text are shown, in the order of the page: by name, not by rank.
    most = sorted(whose.people, key=lambda one: -one.lines)[:SHOWN]
    named = [one for one in whose.people if one in most]
    rows: list[tuple[object, ...]] = [
        (one.name, one.email, one.lines, _percent(one.lines, whose.lines), one.commits,
         _period(one.first, one.last))
        for one in named
    ]  # fmt: skip
    rest = [one for one in whose.people if one not in named]
    lines = sum(one.lines for one in rest) + whose.rest.lines
    count = len(rest) + whose.rest.identities
    if count:
        commits = sum(one.commits for one in rest) + whose.rest.commits
        share = _percent(lines, whose.lines)
        rows.append((f"{count:,} others", "", lines, share, commits, ""))
    rows += [
        (f"{one.population}: {one.name}", one.email, one.lines, _percent(one.lines, whose.lines),
         one.commits, _period(one.first, one.last))
        for one in whose.apart
    ]  # fmt: skip
    voice.table(
        f"Whose lines survive{claim}",
        ("name", "address", "lines", "share", "commits", "active"),
        rows,
    )


def _origins(voice: Voice, found: Origins) -> None:
    """Lines by human, AI, mixed or unknown, and what says so."""
    voice.table(
        "Typed by a person, or generated",
        ("authorship", "lines", "share"),
        [
            (kind, lines, _percent(lines, found.lines))
            for kind, lines in found.by_authorship.items()
        ],
    )
    if found.evidence:
        voice.table(
            "What says so",
            ("evidence", "of", "lines", "commits"),
            [(one.kind, one.what, one.lines, one.commits) for one in found.evidence[:SHOWN]],
        )


def show_signed(voice: Voice, found: Signed) -> None:
    """Lines by what signatures prove of their authors."""
    voice.table(
        "Authors by signature",
        ("signature", "the author is", "lines", "share", "commits"),
        [
            (one.state.replace("_", " "), one.label, one.lines,
             _percent(one.lines, found.lines), one.commits)
            for one in found.states
            if one.commits
        ],
    )  # fmt: skip
    if found.forge_claimed:
        voice.line(
            f"of unknown keys, GitHub's own for merges (not listed, so not checked): "
            f"{found.forge_claimed:,} lines\n"
        )
    if not found.mismatches:
        return
    voice.table(
        "Signed by somebody other than their author",
        ("commit", "names", "signed by", "which is", "lines"),
        [
            (one.commit[:12], f"{one.name} <{one.email}>", one.principal,
             HOLDERS[one.holder], one.lines)
            for one in found.mismatches[:SHOWN]
        ],
    )  # fmt: skip


def _contents(voice: Voice, found: Audit) -> None:
    inside = found.contents
    licence = inside.licence or "none found"
    source = f" ({inside.licence_path}: {inside.licence_evidence})" if inside.licence else ""
    rows: list[tuple[object, ...]] = [("licence of the repository", f"{licence}{source}", "", "")]
    for what, amounts in (
        ("file with its own licence", inside.file_licences),
        ("generated", inside.generated),
        ("vendored", inside.vendored),
        ("not read", inside.not_read),
    ):
        rows += [(what, one.name, one.files, one.lines) for one in amounts[:SHOWN]]
    voice.table("Licences and origin", ("what", "which", "files", "lines"), rows)
    places = [
        (one.category, one.kind, one.count, one.files, _first_place(one.places))
        for one in inside.findings
    ]
    voice.table("Found inside", ("category", "kind", "count", "files", "first place"), places)


def _first_place(places: tuple[object, ...]) -> str:
    if not places:
        return ""
    place = places[0]
    path, line = getattr(place, "path", ""), getattr(place, "line", None)
    return f"{path}:{line}" if line else str(path)


def _period(first: object, last: object) -> str:
    return f"{first} – {last}" if first else ""


def _percent(part: int, whole: int) -> str:
    return f"{100 * part / whole:.1f} %" if whole else "–"
