"""What became of an example or an item, in a terminal."""

from collections.abc import Sequence

from byline.cli.voice import Voice
from byline.release.explain import Explained


def show_explained(voice: Voice, found: Sequence[Explained]) -> None:
    """Each opportunity with its outcome, the rules that were asked, and what the terms said."""
    for one in found:
        voice.line(f"{one.recipe}  {one.id}")
        voice.line(f"  of       {one.key} ({one.repository}), group {one.group}")
        voice.line(f"  outcome  {_outcome(one)}")
        if one.meaning:
            voice.line(f"           {one.meaning}")
        if one.sources:
            voice.line(f"  from     {', '.join(_source(source) for source in one.sources[:6])}")
        for name, value in sorted(one.labels.items()):
            voice.line(f"  label    {name} = {value}")
        if one.decisions:
            voice.table(
                "Rules asked",
                ("rule", "value", "limit", "kept"),
                [
                    (rule["rule"], f"{rule['value']:g}", f"{rule['limit']:g}",
                     "yes" if rule["keep"] else "no")
                    for rule in one.decisions
                ],
            )  # fmt: skip
    verdicts = {str(verdict): verdict for one in found for verdict in one.verdicts}
    if verdicts:
        voice.table(
            "What the terms exclude in it",
            ("who", "purpose", "reason", "would be included if"),
            [
                (row["person"], row["purpose"], row["reason"], row["counterfactual"] or "")
                for row in verdicts.values()
            ],
        )
    voice.result({"schema": "byline/explain/1", "opportunities": [one.as_json() for one in found]})


def _outcome(one: Explained) -> str:
    if one.outcome == "included":
        return f"included in {one.split}, weight {one.weight:g}, written as {one.render}"
    repeats = f": it repeats {one.repeats}" if one.repeats else ""
    return f"{one.outcome.replace('_', ' ')}: {one.reason}{repeats}"


def _source(source: dict[str, object]) -> str:
    path = f" {source['path']}" if source["path"] else ""
    lines = f":{source['start']}-{source['end']}" if source["start"] else ""
    return f"{source['system']} {str(source['oid'])[:60]}{path}{lines}"
