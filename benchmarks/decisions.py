"""Decisions on millions of contributions, beside Cedar and Rego deciding the same cases one by one.

Byline decides `--rows` contributions for three purposes, with reasons, clauses, what is missing and
what would change it, from Parquet, in a process of its own. Then `--sample` of these decisions,
drawn by hash, are asked of cedarpy (parsed policies, one batch call) and of regopy (a compiled
bundle). All answers of the sample are compared. The peers are installed for this alone:

    pip install cedarpy regopy
    python benchmarks/decisions.py --rows 10000000 --people 80000 --sample 100000

Wall time, CPU seconds, the largest resident size; ratios are of time a decision.
"""

import argparse
import json
import os
import platform
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

sys.path.insert(0, str(Path(__file__).parent))
import decision_peers as peers
import decision_world as world
from measured import apart, cpu, peak, timed

from byline.terms.decide_many import decide_many
from byline.terms.objections import Withdrawal
from byline.terms.schema import FACTS


def main() -> None:
    given = options().parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        with pq.ParquetWriter(folder / "facts.parquet", FACTS, compression="zstd") as writer:
            for batch in world.facts(given.rows, people=given.people):
                writer.write_table(batch)
        ours = apart(byline_side, folder, given)
        cases = sample(folder, given)
        theirs = {
            name: apart(side, cases)
            for name, side in (("cedarpy", cedar_side), ("regopy", rego_side))
        }
    decided = given.rows * len(world.PURPOSES)
    each = ours["wall_s"] / decided
    report = {
        "rows": given.rows,
        "people": given.people,
        "purposes": list(world.PURPOSES),
        "clauses": sum(len(one.clauses) for one in world.agreements()),
        "cores": os.cpu_count(),
        "memory_gib": round(os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30, 1),
        "python": platform.python_version(),
        "byline": ours | {"decisions_a_second": round(1 / each)},
    }
    for name, side in theirs.items():
        one = side["wall_s"] / len(cases)
        wrong = [
            case
            for case, answer in zip(cases, side.pop("answers"), strict=True)
            if case["included"] != answer
        ]
        report[name] = side | {
            "decisions": len(cases),
            "microseconds_a_decision": round(one * 1e6, 1),
            "times_byline_a_decision": round(one / each, 1),
            "answers_that_differ": len(wrong),
        }
        for case in wrong[:3]:
            print(name, json.dumps(case, default=str), file=sys.stderr)
    print(json.dumps(report, indent=2))
    sys.exit(any(report[name]["answers_that_differ"] for name in theirs))


def options() -> argparse.ArgumentParser:
    found = argparse.ArgumentParser(description=__doc__)
    found.add_argument("--rows", type=int, default=10_000_000)
    found.add_argument("--people", type=int, default=80_000)
    found.add_argument("--sample", type=int, default=100_000)
    return found


def byline_side(folder: Path, given: argparse.Namespace) -> dict[str, Any]:
    """Decide everything from Parquet, and write the decisions."""
    terms = world.terms(given.people)
    begun, spent = time.perf_counter(), cpu()
    source = pq.ParquetFile(folder / "facts.parquet")
    reasons: dict[str, int] = {}
    rows = 0
    for number, one in enumerate(
        decide_many(
            source.iter_batches(world.BATCH),
            terms=terms,
            purposes=world.PURPOSES,
            as_of=world.AS_OF,
        )
    ):
        pq.write_table(one.verdicts, folder / f"verdicts-{number}.parquet")
        codes = {purpose: pa.array(found) for purpose, found in one.codes.items()}
        pq.write_table(pa.table(codes), folder / f"codes-{number}.parquet")
        rows += one.rows
        for reason, count in one.count("reason").items():
            reasons[reason] = reasons.get(reason, 0) + count
    ended = time.perf_counter()
    return {
        "wall_s": round(ended - begun, 2),
        "cpu_s": round(cpu() - spent, 2),
        "peak_mib": peak(),
        "decisions": rows * len(world.PURPOSES),
        "reasons": dict(sorted(reasons.items(), key=lambda pair: -pair[1])),
    }


def sample(folder: Path, given: argparse.Namespace) -> list[dict[str, Any]]:
    """Some decisions, drawn by hash: the case as peers get it, and Byline's answer."""
    terms = world.terms(given.people)
    joined = Joined(terms)
    draw = np.random.default_rng(3)
    chosen = np.sort(draw.choice(given.rows, min(given.sample, given.rows), replace=False))
    found: list[dict[str, Any]] = []
    at = 0
    for number, batch in enumerate(
        pq.ParquetFile(folder / "facts.parquet").iter_batches(world.BATCH)
    ):
        mine = chosen[(chosen >= at) & (chosen < at + batch.num_rows)] - at
        at += batch.num_rows
        verdicts = pq.read_table(folder / f"verdicts-{number}.parquet", columns=["outcome"])
        included = pc.not_equal(verdicts["outcome"], "excluded").to_pylist()
        codes = pq.read_table(folder / f"codes-{number}.parquet")
        rows = batch.take(pa.array(mine)).to_pylist()
        for place, row in zip(mine.tolist(), rows, strict=True):
            purpose = world.PURPOSES[int(row["contribution"][1:]) % len(world.PURPOSES)]
            [case] = peers.contexts([row], [joined.of(row, purpose)])
            found.append(case | {"included": included[codes[purpose][place].as_py()]})
    return found


class Joined:
    """What is joined to a case for the peers: what its person was told and said, by use date."""

    def __init__(self, terms: Any) -> None:
        self.served = {(one.person, one.notice): peers.day(one.served) for one in terms.notices}
        self.names = sorted({one.notice for one in terms.notices})
        self.says: dict[str, list[Withdrawal]] = {}
        for one in (*terms.objections, *terms.withdrawals):
            self.says.setdefault(one.person, []).append(one)
        self.consents = {one.person: one for one in terms.events}

    def of(self, row: dict[str, Any], purpose: str) -> dict[str, Any]:
        person = row["person"] or ""
        said = self.says.get(person, ())
        consent = self.consents.get(person)
        return {
            "purpose": purpose,
            "separated": row["left"] is not None and row["left"] <= world.AS_OF,
            "objected": any(
                one.covers(work_class=row["class"], purpose=purpose, as_of=world.AS_OF)
                for one in said
            ),
            "consented": consent is not None and purpose in consent.purposes,
            **{
                "served_" + name.replace("-", "_"): self.served.get((person, name), peers.NEVER)
                for name in self.names
            },
        }


def cedar_side(cases: list[dict[str, Any]]) -> dict[str, Any]:
    import cedarpy  # noqa: PLC0415

    policies = cedarpy.PolicySet.from_str(peers.cedar(tuple(world.agreements()), world.AS_OF))
    entities = cedarpy.Entities.from_json_str("[]")
    requests = [
        {
            "principal": 'User::"byline"',
            "action": f'Action::"{case["purpose"]}"',
            "resource": 'Work::"it"',
            "context": {key: value for key, value in case.items() if key != "included"},
        }
        for case in cases
    ]
    begun, spent = time.perf_counter(), cpu()
    answers = cedarpy.is_authorized_batch(requests, policies, entities)
    return timed(begun, spent) | {"answers": [answer.allowed for answer in answers]}


def rego_side(cases: list[dict[str, Any]]) -> dict[str, Any]:
    from regopy import Interpreter  # noqa: PLC0415

    built = Interpreter()
    built.add_module("terms.rego", peers.rego(tuple(world.agreements()), world.AS_OF))
    bundle = built.build("x = data.terms.include")
    engine = Interpreter()
    inputs = [{key: value for key, value in case.items() if key != "included"} for case in cases]
    begun, spent = time.perf_counter(), cpu()
    answers = []
    for one in inputs:
        engine.set_input(one)
        output = engine.query_bundle(bundle)  # what it binds lives no longer than it does
        answers.append(output.binding("x").json() == "true")
    return timed(begun, spent) | {"answers": answers}


if __name__ == "__main__":
    main()
