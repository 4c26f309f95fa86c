"""The `trajectory` recipe: recorded work as actions and observations in turn.

After daVinci-Dev and SWE-smith for what is learned, SWE-Lego for masking mistakes. Traces are those
that an engineer recorded, reviewed and submitted; editor events are for `next_edit`. A long trace
is split into portions; each later one begins with a recap of what was done before, and is an
example of its own.

A session in which nobody says what it is about is shown behind the issue that it is linked to, as
that was before (`byline.examples.trajectory_ticket`).

What the engineer's terms exclude is never shown: a trace whose submitter is excluded is declined,
and so is one that needs a part by somebody who is.
"""

import datetime as dt
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final, Literal

from byline.examples.candidate import settings_digest
from byline.examples.draft import Declined, Draft, LeftOutError, Log, Making, Turn, Unit, each
from byline.examples.material import Material, Row, pieces_of, reason_against, source_of
from byline.examples.pieces import joined
from byline.examples.tokens import forged
from byline.examples.trajectory_record import Portion, detail_of, labels_of, record_of
from byline.examples.trajectory_steps import (
    OBSERVATIONS,
    Step,
    destructive,
    merged,
    recap,
    shortened,
    turn_of,
    without_repeats,
)
from byline.examples.trajectory_ticket import Ticket, ticket

RECIPE: Final = "trajectory"
VERSION: Final = "1"
FINISHING: Final = frozenset({"decide", "verify"})
LAST: Final = 5  # actions at the end among which one finishes the work


@dataclass(frozen=True)
class TrajectorySettings:
    """Limits of the recipe; lengths are in characters, 4 of them for a token.

    Attributes:
        use: ``tuning``: resolved traces, actions and thoughts learned; ``midtraining``: failing
            ones too, everything learned, resolved ones three times the weight (daVinci-Dev).
        min_actions: A trace with fewer teaches nothing.
        min_observations: Likewise.
        max_steps: Actions of a portion.
        max_characters: Of a portion.
        observation_head: Characters kept of the beginning of a long observation.
        observation_tail: Of its end.
        max_credentialed: Actions from which a credential was taken out, at most.
        agent_loss: Weight in the loss of what agents did; 0 leaves their steps as context. It is
            1 here alone: what engineers submit of an agent's work, they submit to be learned.
        resolved_weight: Of resolved traces in midtraining.
    """

    seed: int = 17
    use: Literal["tuning", "midtraining"] = "tuning"
    min_actions: int = 3
    min_observations: int = 1
    max_steps: int = 100
    max_characters: int = 128_000
    observation_head: int = 4_000
    observation_tail: int = 4_000
    max_credentialed: int = 0
    agent_loss: float = 1.0
    resolved_weight: float = 3.0

    @property
    def digest(self) -> str:
        """A digest of the settings, recorded in every example."""
        return settings_digest(RECIPE, VERSION, self)


def trajectory(source: Material, settings: TrajectorySettings) -> Iterator[Draft | Declined]:
    """The examples of every submitted trace.

    Raises:
        IntegrityError: Redaction moved lines.
    """
    making = Making(RECIPE, VERSION, settings.digest, source.overrides)
    maker = _Maker(source, settings)
    return each(making, _units(source, settings), maker.make)


def _units(source: Material, settings: TrajectorySettings) -> Iterator[Unit[Portion]]:
    for item, row in source.items.items():
        if row["kind"] != "trace" or json.loads(row["detail"]).get("form") == "edits":
            continue
        parts = [one for one in source.parts.get(item, ()) if one["kind"] != "event"]
        cuts = _cuts(parts, settings)
        ends = zip([0, *cuts], [*cuts, len(parts)], strict=True)
        for number, (start, end) in enumerate(ends, start=1):
            portion = Portion(row, number, len(cuts) + 1, parts[:start], parts[start:end])
            yield _unit(portion, source)


def _cuts(parts: Sequence[Row], settings: TrajectorySettings) -> list[int]:
    """Where portions after the first begin: always at an action, or at the thought before it."""
    cuts: list[int] = []
    actions = characters = 0
    longest = settings.observation_head + settings.observation_tail
    for place, part in enumerate(parts):
        size = len(part["text"])
        size = min(size, longest) if part["kind"] in OBSERVATIONS else size
        begins = part["kind"] not in OBSERVATIONS and (
            place == 0 or parts[place - 1]["kind"] in OBSERVATIONS
        )
        full = actions >= settings.max_steps or characters + size > settings.max_characters
        if begins and full and actions:
            cuts.append(place)
            actions = characters = 0
        actions += part["kind"] in ("command", "tool_call", "cell")
        characters += size
    return cuts


def _unit(portion: Portion, source: Material) -> Unit[Portion]:
    item = portion.item
    group = source.groups.get(item["item"])
    known = [one["time"] or item["opened"] for one in portion.parts]
    times = [time for time in (*known, item["opened"]) if time is not None]
    latest = dt.datetime(2199, 1, 1, tzinfo=dt.UTC)
    time = max(times, default=group.time if group else latest)
    opened = {**item, "opened": item["opened"] or time}
    return Unit(
        what=portion,
        sources=[source_of(part, opened) for part in portion.parts] or [_itself(opened)],
        item=item["item"],
        repository=item["repository"] or item["source"],
        time=time,
        group=group.identity if group else item["item"],
    )


def _itself(item: Row) -> dict[str, Any]:
    return source_of({"native": "", "path": None, "start": None, "end": None, "time": None}, item)


@dataclass(frozen=True)
class _Maker:
    source: Material
    settings: TrajectorySettings

    def make(self, unit: Unit[Portion], identity: str, log: Log) -> Draft:
        portion = unit.what
        if portion.item["opened"] is None:
            raise LeftOutError("no_time")
        self._check_trace(portion, log)
        earlier = self._steps(portion.earlier)
        steps = self._steps(portion.parts)
        self._check_steps(steps, log)
        steps = without_repeats(merged(steps))
        masked = self.settings.use == "tuning"
        turns = [turn_of(step, masked=masked) for step in steps]
        if earlier:
            opening = Turn("user", "context", tuple(recap(earlier)), heading="Recap")
            turns = [*self._asked(earlier), opening, *turns]
        asked = any(turn.kind == "intent" for turn in turns)
        issue = None if asked else ticket(self.source, portion.item, log)
        if issue is not None:
            turns = [issue.turn, *turns]
        learned = sum(1 for turn in turns if turn.learn > 0)
        log.require("learned_turns", learned, 1, keep=learned >= 1)
        size = sum(len(piece.text) for turn in turns for piece in turn.pieces)
        most = self.settings.max_characters
        log.require("characters", size, 2 * most, keep=size <= 2 * most)
        return self._draft(unit, identity, log, steps, turns, issue)

    def _check_trace(self, portion: Portion, log: Log) -> None:
        """Rules of the whole trace."""
        parts = [*portion.earlier, *portion.parts]
        whole = [
            one for one in self.source.parts.get(portion.item["item"], ()) if one["kind"] != "event"
        ] or parts
        actions = [one for one in whole if one["kind"] in ("command", "tool_call", "cell")]
        observations = sum(1 for one in whole if one["kind"] in OBSERVATIONS)
        least = self.settings.min_actions
        log.require("actions", len(actions), least, keep=len(actions) >= least)
        least = self.settings.min_observations
        log.require("observations", observations, least, keep=observations >= least)
        ends = any(detail_of(one).get("label") in FINISHING for one in actions[-LAST:])
        known = portion.item["state"] is not None
        log.require("outcome", float(known or ends), 1, keep=known or ends)
        resolved = portion.item["state"] == "resolved" or (not known and ends)
        if self.settings.use == "tuning":
            log.require("resolved", float(resolved), 1, keep=resolved)
        held = sum(1 for one in actions if detail_of(one).get("redacted"))
        most = self.settings.max_credentialed
        log.require("credentialed_commands", held, most, keep=held <= most)

    def _steps(self, parts: Sequence[Row]) -> list[Step]:
        """The parts as clean steps, each of them permitted."""
        steps = []
        for part in parts:
            reason = reason_against(part, self.source)
            if reason is not None:
                raise LeftOutError(reason)
            pieces = pieces_of(part, self.source)
            if forged(joined(pieces)):
                raise LeftOutError("contains_control_token")
            if part["kind"] in OBSERVATIONS:
                head, tail = self.settings.observation_head, self.settings.observation_tail
                pieces = shortened(pieces, head=head, tail=tail)
            steps.append(Step(part["kind"], detail_of(part), tuple(pieces), part["origin"]))
        return steps

    def _check_steps(self, steps: Sequence[Step], log: Log) -> None:
        found = destructive(steps)
        log.require("destructive_commands", found, 0, keep=found == 0)
        mistakes = sum(1 for step in steps if step.is_action and step.detail.get("error"))
        log.note("mistakes", mistakes, len(steps))

    def _asked(self, earlier: Sequence[Step]) -> list[Turn]:
        """What the session was asked to do, for a later portion."""
        asked = [one for one in earlier if one.kind == "message"
                 and one.detail.get("role") != "assistant"]  # fmt: skip
        return [turn_of(one, masked=True) for one in asked[:2]]

    def _loss(self) -> dict[str, float]:
        """Weights by origin: agents' in any use, tools' in midtraining, which masks nothing."""
        masked = self.settings.use == "tuning"
        unmasked = {} if masked else {"tool": 1.0, "bot": 1.0, "synthetic": 1.0}
        return {"ai": self.settings.agent_loss, **unmasked}

    def _draft(
        self,
        unit: Unit[Portion],
        identity: str,
        log: Log,
        steps: Sequence[Step],
        turns: Sequence[Turn],
        issue: Ticket | None,
    ) -> Draft:
        item = unit.what.item
        resolved = item["state"] == "resolved"
        shown = issue.said if issue is not None else ()
        told = [source_of(one.row, issue.issue) for one in shown] if issue is not None else []
        tripled = self.settings.use == "midtraining" and resolved
        return Draft(
            identity=identity,
            recipe=RECIPE,
            version=VERSION,
            settings_digest=self.settings.digest,
            work_class="process",
            record=record_of(unit.what, steps, issue),
            turns=tuple(turns),
            sources=[*unit.sources, *told],
            item=unit.item,
            repository=unit.repository,
            group=unit.group,
            time=max([unit.time, *(one.time for one in shown)]),
            target="".join(joined(turn.pieces) for turn in turns if turn.learn > 0),
            labels=labels_of(unit.what, steps),
            decisions=log.decisions,
            weight=self.settings.resolved_weight if tripled else 1.0,
            loss=self._loss(),
        )
