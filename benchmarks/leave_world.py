"""An organisation to leave: people, contributions, releases, models and deployments, by hash.

Everything follows from the seed: the same arguments give the same bytes, except for keys. What is
left out is text: shards of releases hold ids, classes and people, which is what is asked of them.
Contributions are Parquet tables of `byline.terms.schema.FACTS` under a workspace's `tables`, as
the stages leave them.
"""

import csv
import datetime as dt
import hashlib
import json
from binascii import hexlify
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from byline.engine.stage import KEY_LENGTH, Partition, current, provided
from byline.privacy.pseudonyms import pseudonym, read_or_create_key
from byline.proof.absence import Leaf, keyed_tree
from byline.release.logbook import open_log, record
from byline.release.scope import release_scope
from byline.release.seal import LEAVES_FILE, MANIFEST, PROOF_FILE, log_fact
from byline.terms.schema import FACTS
from byline.workspace.config import Config, read_config
from byline.workspace.files import sha256_file, write_bytes, write_json, write_table
from byline.workspace.layout import Layout, layout_of
from byline.workspace.ledger import append, open_ledger
from byline.workspace.ledger import tables as ledger_tables

COUNTRIES = ("US", "DE", "FR", "IN")
FAMILIES = ("backend", "frontend", "platform", "data", "security", "support", "quality", "design")
CLASSES = ("code", "design", "process")
PURPOSES = ("assist_others", "code_review", "repair", "retrieval")
SURVIVING = [f"unit-{n}" for n in range(40)]  # whose assignment of rights outlives the job
AS_OF = dt.date(2026, 11, 24)
LAST_DAY = dt.date(2026, 12, 31)
CLAUSES = """
[agreement]
id = "{id}"
title = "{title}"
kind = "{kind}"
version = "1"
effective = 2019-01-01
"""
CLAUSE = """
[[clause]]
id = "{id}/{number}"
effect = "{effect}"
text = "{text}"
classes = {classes}
purposes = ["*"]
{more}
[clause.who]
{who}
[clause.where]
owners = ["employer"]
"""


@dataclass(frozen=True)
class Size:
    """How large the organisation is."""

    people: int = 80_000
    contributions: int = 16_000_000
    partitions: int = 128
    releases: int = 12
    examples: int = 60_000  # of each release
    models: int = 30
    deployments: int = 40
    leavers: int = 8_000
    seed: int = 17


def numbers(size: Size, *about: object) -> np.random.Generator:
    """Random numbers that follow from the seed and what they are about."""
    text = "\n".join(map(str, (size.seed, *about)))
    return np.random.default_rng(int.from_bytes(hashlib.sha256(text.encode()).digest()[:8], "big"))


def person_id(number: int) -> str:
    return f"p-{number:06d}"


def make_world(root: Path, size: Size) -> None:
    """Make the organisation at `root`."""
    (root / "terms").mkdir(parents=True)
    _configuration(root)
    _roster(root, size)
    _terms(root, size)
    _batch(root, size)
    config = read_config(root)
    layout = layout_of(config)
    for number in range(size.partitions):
        contributions(layout, size, number)
    _releases(config, layout, size)


def _configuration(root: Path) -> None:
    files = '", "'.join(f"terms/{name}.toml" for name in ("us", "de", "other", "survives"))
    (root / "byline.toml").write_text(
        f"""[organisation]
name = "Simulated"
[workspace]
path = "workspace"
[people]
roster = "roster.csv"
linkage_key = "keys/linkage.key"
[terms]
agreements = ["{files}"]
notices = "notices.csv"
objections = "objections.csv"
[release]
name = "engineering"
as_of = {AS_OF}
"""
    )


def _roster(root: Path, size: Size) -> None:
    draw = numbers(size, "roster")
    country = draw.integers(0, len(COUNTRIES), size.people)
    family = draw.integers(0, len(FAMILIES), size.people)
    year = draw.integers(2008, 2024, size.people)
    with (root / "roster.csv").open("w", encoding="utf-8", newline="") as target:
        out = csv.writer(target)
        out.writerow(("id", "name", "emails", "worker_type", "country", "unit", "start", "end",
                      "job_family"))  # fmt: skip
        for n in range(size.people):
            who = person_id(n)
            out.writerow((who, f"Person {n}", f"{who}@co.example", "employee",
                          COUNTRIES[country[n]], f"unit-{n % 200}", f"{year[n]}-01-01", "",
                          FAMILIES[family[n]]))  # fmt: skip


def _terms(root: Path, size: Size) -> None:
    told = 'basis = "agreement"\nneeds_notice = "ai-training"'
    interest = 'basis = "legitimate_interest"\nneeds_notice = "ai-training"'
    files = {
        "us": ("employment", [("permit", '["code", "process"]', told, 'countries = ["US"]')]),
        "de": ("works-agreement", [("permit", '["code"]', interest, 'countries = ["DE"]'),
                                   ("forbid", '["process"]', "", 'countries = ["DE"]')]),
        "other": ("employment", [("permit", '["*"]', told, 'countries = ["FR", "IN"]')]),
        "survives": ("ip-assignment", [
            ("permit", '["code"]', told + "\nsurvives_separation = true",
             f'countries = ["US", "IN"]\nunits = {json.dumps(SURVIVING)}')]),
    }  # fmt: skip
    for name, (kind, clauses) in files.items():
        text = CLAUSES.format(id=name, title=f"Agreement {name}", kind=kind)
        for number, (effect, classes, more, who) in enumerate(clauses, 1):
            text += CLAUSE.format(
                id=name, number=number, effect=effect, classes=classes, more=more, who=who,
                text=f"Clause {number} of {name}, as agreed.",
            )  # fmt: skip
        (root / "terms" / f"{name}.toml").write_text(text)
    served = numbers(size, "notices").random(size.people) < 0.9
    with (root / "notices.csv").open("w", encoding="utf-8") as target:
        target.write("notice,version,person,served,channel,language\n")
        target.writelines(
            f"ai-training,1,{person_id(int(n))},2024-09-01,portal,en\n"
            for n in np.flatnonzero(served)
        )
    with (root / "objections.csv").open("w", encoding="utf-8") as target:
        target.write("id,person,received,classes,purposes,note\n")
        target.writelines(
            f"obj-{n},{person_id(int(n))},2025-02-01,*,*,\n"
            for n in np.flatnonzero(numbers(size, "objections").random(size.people) < 0.02)
        )


def _batch(root: Path, size: Size) -> None:
    leave = np.sort(numbers(size, "leavers").permutation(size.people)[: size.leavers])
    with (root / "leavers.csv").open("w", encoding="utf-8") as target:
        target.write("person,effective,kind\n")
        target.writelines(f"{person_id(int(n))},{LAST_DAY},layoff\n" for n in leave)


def contributions(layout: Layout, size: Size, number: int) -> Partition:
    """One partition of contributions: those of 1,500 people in one repository."""
    name = f"repository-{number:03d}/files-00"
    folder, key = layout.tables / "contributions" / name, _key(size, number)
    return provided(folder, key, name, lambda: _facts(size, number))


def found_contributions(layout: Layout, size: Size) -> list[Partition]:
    """The partitions that are there."""
    found = []
    for number in range(size.partitions):
        name = f"repository-{number:03d}/files-00"
        part = current(layout.tables / "contributions" / name, _key(size, number), name)
        if part is None:
            raise SystemExit(f"{name} is missing: make the organisation again")
        found.append(part)
    return found


def _key(size: Size, number: int) -> str:
    return hashlib.sha256(repr((size, number)).encode()).hexdigest()[:KEY_LENGTH]


def _facts(size: Size, number: int) -> pa.Table:
    draw = numbers(size, "contributions", number)
    rows = size.contributions // size.partitions
    roster = numbers(size, "roster").integers(0, len(COUNTRIES), size.people)
    pool = draw.permutation(size.people)[: min(1500, size.people)]
    who = pool[draw.integers(0, len(pool), rows)]
    day = draw.integers(dt.date(2021, 1, 1).toordinal(), dt.date(2026, 11, 1).toordinal(), rows)
    epoch = dt.date(1970, 1, 1).toordinal()
    people = [person_id(int(n)) for n in pool]
    place = np.argsort(pool)[np.searchsorted(np.sort(pool), who)]
    columns = {
        "contribution": _hex(draw, rows),
        "item": _hex(draw, rows),
        "class": _words(CLASSES, draw.choice(3, rows, p=[0.7, 0.05, 0.25])),
        "repository": _words((f"repository-{number:03d}",), np.zeros(rows, np.int64)),
        "owner": _words(("employer", "third-party"), (draw.random(rows) < 0.05).astype(np.int64)),
        "licence": _words(("Apache-2.0", "MIT"), (draw.random(rows) < 0.2).astype(np.int64)),
        "licence_source": _words(("repository",), np.zeros(rows, np.int64)),
        "person": _words(people, place),
        "population": _words(("roster",), np.zeros(rows, np.int64)),
        "employment": _words(("in_force", "before"), (draw.random(rows) < 0.01).astype(np.int64)),
        "worker_type": _words(("employee",), np.zeros(rows, np.int64)),
        "country": _words(COUNTRIES, roster[who]),
        "unit": _words([f"unit-{n}" for n in range(200)], who % 200),
        "authored": pa.array((day - epoch) * 86_400, pa.timestamp("s", tz="UTC")),
        "authorship": _words(("human", "mixed", "ai"), draw.choice(3, rows, p=[0.9, 0.08, 0.02])),
        "lines": pa.array(draw.integers(1, 60, rows), pa.int32()),
    }
    arrays = [
        columns[field.name] if field.name in columns else pa.nulls(rows, field.type)
        for field in FACTS
    ]
    return pa.table(arrays, schema=FACTS)


def _words(words: tuple[str, ...] | list[str], codes: npt.NDArray[np.int64]) -> pa.Array:
    return pa.array(list(words), pa.string()).take(pa.array(codes))


def _hex(draw: np.random.Generator, rows: int) -> pa.Array:
    """Ids of 32 hexadecimal digits."""
    offsets = np.arange(0, 32 * rows + 1, 32, dtype=np.int32)
    buffers = [None, pa.py_buffer(offsets), pa.py_buffer(hexlify(draw.bytes(16 * rows)))]
    return pa.Array.from_buffers(pa.string(), rows, buffers)


def _releases(config: Config, layout: Layout, size: Size) -> None:
    ledger = open_ledger(layout.ledger)
    key = read_or_create_key(config.at(config.people.linkage_key))
    signer = open_log(layout.log, key=layout.log_key, origin=config.organisation.name)
    named = []
    for number in range(size.releases):
        name, examples = f"engineering-{number % 4}", list(_examples(size, number))
        shards = [f"data/train-{n:05d}.parquet" for n in range(8)]
        kept = {identity: "train" for identity, *_ in examples}
        scope = release_scope(name, kept)
        names = {p: pseudonym(key, scope, person_id(p)) for _, _, who in examples for p in who}
        release = "rel_" + hashlib.sha256(scope.encode()).hexdigest()[:16]
        folder = layout.releases / release
        leaves = [(i.encode(), hashlib.sha256(i.encode()).digest()) for i, *_ in examples]
        root = keyed_tree(Leaf(*leaf) for leaf in leaves).root.hex()
        _shards(folder, shards, examples, names)
        manifest = {
            "release": release, "name": name, "purposes": ["assist_others"], "lane": "attributed",
            "root": root, "decided_as_of": "2026-06-30", "examples": len(examples),
            "shards": [{"path": shard, "split": "train", "sha256": sha256_file(folder / shard)}
                       for shard in shards],
        }  # fmt: skip
        write_json(folder / MANIFEST, manifest)
        fact = log_fact(release, root, (folder / MANIFEST).read_bytes())
        write_bytes(folder / PROOF_FILE, record(layout.log, fact, signer=signer).proof_file)
        counts = np.zeros(size.people, np.int64)
        for *_, who in examples:
            counts[list(who)] += 1
        append(
            ledger, ledger_tables.CONTRIBUTORS,
            *({"release": release, "contributor": names[p], "examples": int(counts[p])}
              for p in sorted(names)),
        )  # fmt: skip
        named.append(
            {
                "release": release, "name": name, "purposes": ["assist_others"], "root": root,
                "manifest_sha256": sha256_file(folder / MANIFEST), "path": f"releases/{release}",
                "counts": {}, "log_index": None,
            }
        )  # fmt: skip
    append(ledger, ledger_tables.RELEASES, *named)
    _models(ledger, [one["release"] for one in named], size)


def _examples(size: Size, number: int) -> Iterator[tuple[str, str, tuple[int, ...]]]:
    """Id, class and one to three people of each example of a release."""
    draw = numbers(size, "release", number)
    ids = sorted(_hex(draw, size.examples).to_pylist())
    classes = draw.choice(3, size.examples, p=[0.7, 0.05, 0.25])
    people = draw.integers(0, size.people, (size.examples, 3))
    how_many = draw.integers(1, 4, size.examples)
    for identity, kind, who, count in zip(ids, classes, people, how_many, strict=True):
        yield identity, CLASSES[kind], tuple(sorted({int(p) for p in who[:count]}))


def _shards(
    folder: Path,
    shards: list[str],
    examples: list[tuple[str, str, tuple[int, ...]]],
    names: dict[int, str],
) -> None:
    each = -(-len(examples) // len(shards))
    rows = []
    for number, shard in enumerate(shards):
        part = examples[number * each : (number + 1) * each]
        write_table(
            folder / shard,
            pa.table(
                {
                    "id": [identity for identity, *_ in part],
                    "class": [kind for _, kind, _ in part],
                    "people": [
                        [{"contributor": names[p], "role": "author", "share": 1 / len(who)}
                         for p in who]
                        for *_, who in part
                    ],
                }
            ),
        )  # fmt: skip
        rows += [
            {"id": identity, "sha256": hashlib.sha256(identity.encode()).digest(), "shard": shard,
             "row": row}
            for row, (identity, *_) in enumerate(part)
        ]  # fmt: skip
    write_table(folder / LEAVES_FILE, pa.Table.from_pylist(rows))


def _models(ledger: object, releases: list[str], size: Size) -> None:
    draw = numbers(size, "models")
    models = [
        {
            "model": f"mdl_{n:04d}", "release": releases[n % len(releases)],
            "purpose": "assist_others", "weights_sha256": hashlib.sha256(b"%d" % n).hexdigest(),
            "path": f"models/mdl_{n:04d}", "settings": {}, "log_index": None,
        }
        for n in range(size.models)
    ]  # fmt: skip
    running = [
        {
            "deployment": f"dep_{n:04d}", "action": "deployed",
            "model": models[int(draw.integers(0, len(models)))]["model"],
            "purpose": PURPOSES[n % len(PURPOSES)], "place": f"https://assist-{n}.co.example",
            "job_families": sorted({FAMILIES[int(f)] for f in draw.integers(0, 8, 2)}),
            "at": "2026-07-01", "note": "",
        }
        for n in range(size.deployments)
    ]  # fmt: skip
    append(ledger, ledger_tables.MODELS, *models)  # type: ignore[arg-type]
    append(ledger, ledger_tables.DEPLOYMENTS, *running)  # type: ignore[arg-type]


def describe(size: Size) -> dict[str, object]:
    """The size as JSON has it."""
    return dict(json.loads(json.dumps(size.__dict__)))
