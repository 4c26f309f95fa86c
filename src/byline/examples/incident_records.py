"""Incidents as recipes read them: postmortems, and the issues in which incidents were reported."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from byline.examples.document_links import Neighbours
from byline.examples.document_slices import DocumentText, Reference
from byline.examples.material import Material, Row, pieces_of, reason_against
from byline.examples.pieces import Piece

REPORTS: Final = ("incident", "issue")
SAYING: Final = ("title", "description")


@dataclass
class Incident:
    """One postmortem.

    Attributes:
        text: Its lines.
    """

    text: DocumentText

    @property
    def item(self) -> Row:
        """Row of `ITEMS`."""
        return self.text.item

    @property
    def detail(self) -> Mapping[str, Any]:
        """See `byline.work.documents.incident`."""
        return self.text.detail

    @property
    def title(self) -> list[Reference]:
        """Where its title is."""
        found = self.detail.get("title")
        return [found] if isinstance(found, dict) else []

    def references(self, name: str) -> list[Reference]:
        """Where it says something: summary, root_cause, signals, …."""
        found = self.detail.get(name)
        listed = found if isinstance(found, list) else []
        return [one for one in listed if isinstance(one, dict) and "part" in one]

    @property
    def steps(self) -> Sequence[Reference]:
        """The entries of its timeline, in order."""
        found = self.detail.get("timeline")
        entries = found if isinstance(found, list) else []
        acts = (one.get("act") for one in entries if isinstance(one, dict))
        return [one for one in acts if isinstance(one, dict) and "part" in one]


def incidents_of(source: Material) -> Iterator[Incident]:
    """Every incident, in order of key."""
    for item in source.items.values():
        if item["kind"] == "incident":
            yield Incident(DocumentText(item, source))


def report_of(incident: Incident, source: Material, linked: Neighbours) -> DocumentText | None:
    """The issue in which the incident was reported: what was known when it was found."""
    item = str(incident.item["item"])
    for other in sorted({one.item for one in linked.get(item, ())}):
        row = source.items.get(other)
        if row is None or row["kind"] != "incident" or not row["opened"]:
            continue
        report = DocumentText(row, source)
        if not report.detail.get("root_cause") and not report.detail.get("hindsight_description"):
            return report
    return None


def reported(report: DocumentText, source: Material) -> list[list[Piece]] | None:
    """Title and description of a report; None where the terms exclude one of them."""
    parts = [one for one in report.parts if one["kind"] in SAYING]
    if not parts or any(reason_against(one, source) is not None for one in parts):
        return None
    return [pieces_of(one, source) for one in parts]
