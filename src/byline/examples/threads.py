"""A conversation of several people, as far as it may be learned from.

The rule for work of several people: where whoever opened it is excluded, nothing of it is used;
where another is, their parts go, quotes of them, what replies quote, and their names. Everybody is
called ``user_1``, ``user_2``, … within the thread.

Order is by time, and a reply never stands before what it answers, whatever the dates say. A reply
to itself, in a circle, or to nothing is taken as answering nothing. The order of the rows does not
matter. What bots say, and comments that only call one, are left out by named rules
(`byline.corpus.bots`).
"""

import datetime as dt
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Final

from byline.corpus.bots import bot_rule, summons_rule, title_rule
from byline.corpus.encoded import encoded_rules
from byline.examples.allowed import UNDECIDED, by_line
from byline.examples.draft import LeftOutError, Log
from byline.examples.hygiene import hygiene
from byline.examples.material import Material, Row, allowed, clean_text, pieces_of, reason_against
from byline.examples.mentions import Names
from byline.examples.pieces import Piece, joined
from byline.examples.quotes import Repeats, Voice
from byline.examples.redaction import redacted
from byline.examples.said import Said, Thread
from byline.examples.text_cuts import Cut, code_ranges, with_cuts
from byline.examples.thread_order import OPENERS, ordered
from byline.work.identifiers import line_list

SPOKEN: Final = frozenset({*OPENERS, "comment", "review", "inline"})
MAX_PARTS: Final = 5_000
MAX_CHARACTERS: Final = 2_000_000


def thread_of(source: Material, item: str) -> Thread | str:
    """The conversation of an item, or why nothing of it may be used.

    Args:
        source: Holds the item.
        item: Its id.

    Returns:
        The thread; or a reason: ``terms: …`` of whoever opened it, ``no_opener``, ``no_time``,
        ``thread_too_large``, or why its reader gave it up.
    """
    row, parts = source.items[item], source.parts.get(item, ())
    size = sum(len(part["text"]) for part in parts)
    if row["skip"] or row["opened"] is None:
        return str(row["skip"] or "no_time")
    if len(parts) > MAX_PARTS or size > MAX_CHARACTERS:
        return "thread_too_large"
    openers = [part for part in parts if part["kind"] in OPENERS]
    if not openers:
        return "no_opener"
    reasons = {part["part"]: reason_against(part, source) for part in parts}
    against = sorted(reason for part in openers if (reason := reasons[part["part"]]))
    against += _against_author(source, item, parts, reasons)
    if against:
        return against[0]
    return _Making(source, row, ordered(parts, row["opened"]), reasons).thread()


def _against_author(
    source: Material, item: str, parts: Sequence[Row], reasons: Mapping[str, str | None]
) -> list[str]:
    """Reasons against whoever made the first patchset, where they say anything."""
    accounts = _first_authors(source, item)
    return sorted(
        reason
        for part in parts
        if part["account"] and part["account"].lower() in accounts
        if (reason := reasons[part["part"]]) is not None
    )


def _first_authors(source: Material, item: str) -> set[str]:
    patchsets = source.patchsets.get(item, ())
    first = min((row["number"] for row in patchsets), default=0)
    return {
        row["account"].lower() for row in patchsets if row["number"] == first and row["account"]
    }


def thread_for(source: Material, item: str, log: Log) -> Thread:
    """The conversation of a unit's item, with what went noted in the log.

    Raises:
        LeftOutError: Nothing of it may be used, or a program opened it.
    """
    return noted(thread_of(source, item), log)


def noted(thread: Thread | str, log: Log) -> Thread:
    """A thread, with what went noted in the log; see `thread_for`."""
    if isinstance(thread, str):
        raise LeftOutError(thread)
    log.require("bot.opener", float(thread.bot is not None), 0, keep=thread.bot is None)
    for rule in sorted(thread.counts):
        log.note(f"thread.{rule}", thread.counts[rule], 0)
    return thread


@dataclass
class _Making:
    """What the parts of one thread have in common while it is made."""

    source: Material
    item: Row
    parts: Sequence[tuple[Row, Row | None, dt.datetime]]
    reasons: Mapping[str, str | None]
    counts: Counter[str] = field(default_factory=Counter)
    gone: dict[str, str] = field(default_factory=dict)

    def thread(self) -> Thread:
        bots = {part["part"]: self._bot(part) for part, _, _ in self.parts}
        logins = {
            part["account"].lower()
            for part, _, _ in self.parts
            if bots[part["part"]] and part["account"]
        }
        kept = [one for one in self.parts if self._keeps(one[0], bots, logins)]
        names = self._names(kept)
        repeats = Repeats(self._voices(), hidden=self._hidden_lines())
        said = [one for one in (self._said(*part, names, repeats) for part in kept) if one]
        said = self._with_parents(said)
        opener = next(part for part, _, _ in self.parts if part["kind"] in OPENERS)
        title = next((part["text"] for part, _, _ in kept if part["kind"] == "title"), "")
        return Thread(
            item=self.item,
            said=tuple(said),
            opener=names.add(opener, self._person(opener)),
            authors=self._authors(names, opener),
            counts=dict(+self.counts),
            gone=self.gone,
            bot=bots[opener["part"]] or title_rule(title),
            people=names.given,
        )

    def _bot(self, part: Row) -> str | None:
        known = allowed(part, self.source)
        if known and known[0].origin == "bot":
            return "the account is a bot's"
        return bot_rule(
            part["account"], part["name"], part["email"], origin=part["origin"],
            overrides=self.source.machines,
        )  # fmt: skip

    def _keeps(self, part: Row, bots: Mapping[str, str | None], logins: set[str]) -> bool:
        if part["kind"] in OPENERS:
            return True
        reason = self.reasons[part["part"]]
        if reason is None and bots[part["part"]]:
            reason = "bot"
        if reason is None and part["kind"] in SPOKEN and summons_rule(part["text"], logins):
            reason = "bot_summoned"
        if reason is None and any(not one["keep"] for one in encoded_rules(part["text"])):
            reason = "encoded"
        if reason is not None:
            self._drop(part, reason)
        return reason is None

    def _drop(self, part: Row, reason: str) -> None:
        self.counts[reason] += 1
        self.gone[part["native"]] = reason

    def _person(self, part: Row) -> str | None:
        known = allowed(part, self.source)
        return known[0].people[0] if len(known) == 1 and known[0].people else None

    def _names(self, kept: Sequence[tuple[Row, Row | None, dt.datetime]]) -> Names:
        """Everybody's name: those who speak first, in their order, then those who may not."""
        names = Names(self.source.accounts)
        for part, _, _ in (*kept, *self.parts):
            names.add(part, self._person(part))
        for patchset in self.source.patchsets.get(self.item["item"], ()):
            names.add(patchset, None if patchset["account"] is None else names.key(patchset))
        return names

    def _authors(self, names: Names, opener: Row) -> frozenset[str]:
        accounts = _first_authors(self.source, self.item["item"])
        first = {names.mentioned(account) for account in sorted(accounts)}
        return frozenset({names.add(opener, self._person(opener)), *first})

    def _voices(self) -> list[Voice]:
        voices = []
        for part, _, _ in self.parts:
            clean = clean_text(part, self.source)
            pieces = [] if self.reasons[part["part"]] else pieces_of(part, self.source)
            voices.append(Voice((clean, part["text"]), pieces[0] if pieces else None))
        return voices

    def _hidden_lines(self) -> set[str]:
        """Lines of the changes that are by people whose work may not be used."""
        hidden: set[str] = set()
        for row in self.source.changes.get(self.item["item"], ()):
            for side in ("before", "after"):
                lines = line_list(row[side] or "")
                known = by_line(row["item"], row[f"{side}_origins"], self.source.permitted,
                                lines=len(lines), side=side)  # fmt: skip
                hidden.update(
                    line
                    for line, one in zip(lines, known, strict=True)
                    if one.reason is not None and one is not UNDECIDED
                )
        return hidden

    def _said(
        self, part: Row, parent: Row | None, time: dt.datetime, names: Names, repeats: Repeats
    ) -> Said | None:
        pieces = pieces_of(part, self._with_whole_mentions(part, names))
        known = allowed(part, self.source)
        text = joined(pieces)
        code = code_ranges(text)
        answers_excluded = parent is not None and self.reasons[parent["part"]] is not None
        quotes, counted = repeats.cuts(text, code, all_quotes=answers_excluded)
        remains = hygiene(text, code)
        self.counts.update(counted)
        self.counts["hygiene"] += len(remains)
        pieces = with_cuts(pieces, [*remains, *quotes])
        text = joined(pieces)
        pieces = _stripped(with_cuts(pieces, names.cuts(text, code_ranges(text))))
        if part["kind"] in SPOKEN and not pieces and part["kind"] != "review":
            self._drop(part, "nothing_left")
            return None
        return Said(
            row=part,
            speaker=names.add(part, self._person(part)),
            pieces=tuple(pieces),
            known=known[0],
            parent=None if parent is None else parent["native"],
            time=time,
            path=self._path(part),
        )

    def _with_whole_mentions(self, part: Row, names: Names) -> Material:
        """The material for one part, without what was found inside its mentions: these go whole.

        A name that is replaced within ``@ada-lovelace`` leaves ``-lovelace`` and no mention.
        """
        key = (part["part"], "text")
        found = self.source.found.get(key, ())
        if not found:
            return self.source
        mentions = names.mentions(part["text"], code_ranges(part["text"]))
        rest = [
            one
            for one in found
            if not any(cut.start <= one.start and one.end <= cut.end for cut in mentions)
        ]
        if len(rest) == len(found):
            return self.source
        return replace(self.source, found={key: rest})

    def _path(self, part: Row) -> str | None:
        if part["path"] is None:
            return None
        return redacted(part, "path", self.source.found, item=part["part"])

    def _with_parents(self, said: Sequence[Said]) -> list[Said]:
        """The same, with only parents that are kept."""
        kept = {one.native for one in said}
        return [
            one if one.parent is None or one.parent in kept else replace(one, parent=None)
            for one in said
        ]


def _stripped(pieces: Sequence[Piece]) -> list[Piece]:
    """Pieces without blank lines before and blanks after; none, where they are blank."""
    text = joined(pieces)
    end = len(text.rstrip())
    start = len(text) - len(text.lstrip())
    return with_cuts(pieces, [Cut(0, text.rfind("\n", 0, start) + 1), Cut(end, len(text))])
