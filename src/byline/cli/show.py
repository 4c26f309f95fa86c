"""The audit as tables in a terminal."""

from byline.answers.audit import Audit
from byline.cli.voice import Voice

SHOWN = 15


def show_audit(voice: Voice, found: Audit) -> None:
    """The parts of an audit that fit a terminal; the page and the JSON have all of it."""
    period = f"{found.first} to {found.last}" if found.first else "no dates"
    voice.line(
        f"{found.repository} at {found.commit[:12]}: {found.commits:,} commits, {period}; "
        f"{found.contents.files:,} files, {found.contents.lines:,} lines\n"
    )
    _people(voice, found)
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
    if whose.ai_assisted_lines:
        voice.line(f"AI named as co-author: {whose.ai_assisted_lines:,} lines\n")


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
