"""The model card: what anyone who meets the model should know, from the records in its folder.

Invariants: every figure comes from `run.json` or `evaluation.json` beside it; text from releases
is escaped; the card is replaced whole.
"""

import json
import re
from pathlib import Path
from typing import Any

from byline.models.folder import WEIGHTS
from byline.workspace.files import write_text

LIMITS = """\
- It was made to show what the release teaches, and can repeat text that it was trained on word for
  word: nothing checks its output yet.
- Figures hold for the split named above. They say nothing of other code bases.
- Examples that share a packed row can see one another's text during training.
"""


def write_card(directory: Path) -> None:
    """Write `README.md` in a model's folder from the records that lie there."""
    run = json.loads((directory / "run.json").read_text(encoding="utf-8"))
    found = directory / "evaluation.json"
    evaluation = json.loads(found.read_text(encoding="utf-8")) if found.is_file() else None
    write_text(directory / "README.md", card_text(run, evaluation=evaluation))


def card_text(run: dict[str, Any], *, evaluation: dict[str, Any] | None) -> str:
    """The card in Markdown, with YAML front matter as model hubs read it."""
    sections = (
        _front_matter(run),
        f"# {run['id']}\n",
        _what_it_is(run),
        _training_data(run),
        _purpose(run),
        _evaluation(evaluation),
        _removal(run),
        _verification(run),
        f"## Limits\n\n{LIMITS}",
    )
    return "\n".join(sections)


def _front_matter(run: dict[str, Any]) -> str:
    adapter = run["kind"] == "adapter"
    facts: dict[str, Any] = {
        "library_name": "peft" if adapter else "transformers",
        "pipeline_tag": "text-generation",
        "license": "other",
        "datasets": [run["release"]["id"]],
        "tags": ["byline", "lora", "code"] if adapter else ["byline", "code"],
    }
    if adapter:
        facts["base_model"] = run["base"]["name"]
    # JSON strings and lists are YAML; so nothing in a name can break out of its value.
    lines = (f"{key}: {json.dumps(value)}" for key, value in facts.items())
    return "\n".join(("---", *lines, "---", ""))


def _what_it_is(run: dict[str, Any]) -> str:
    training, data = run["training"], run["data"]
    if run["kind"] == "adapter":
        made = (
            f"A LoRA adapter of rank {run['settings']['rank']} on {_plain(run['base']['name'])}, "
            f"{run['parameters']:,} trained parameters."
        )
    else:
        shape = run["settings"]["shape"]
        made = (
            f"A Llama of {run['parameters']:,} parameters ({shape['layers']} layers, "
            f"{shape['hidden']} wide, {shape['context']} tokens of context), trained from scratch."
        )
    text = (
        f"## What it is\n\n{made} It took {training['steps']:,} steps over "
        f"{training['tokens']:,} tokens, {training['epochs']:.2f} passes over "
        f"{data['rows']:,} packed rows.\n"
    )
    if training["warning"]:
        text += f"\n**Note:** {training['warning']}.\n"
    return text


def _training_data(run: dict[str, Any]) -> str:
    release, data = run["release"], run["data"]
    people = f"{data['people']:,} people" if data["people"] else "people who are not named in it"
    return (
        "## Training data statement\n\n"
        f"Trained on the sealed release `{_plain(release['id'])}` ({_plain(release['name'])}), "
        "and on nothing else"
        + (" besides what its base had learnt before" if run["kind"] == "adapter" else "")
        + f". The release's train split has {data['examples']:,} examples of work by {people}, "
        f"{data['tokens']:,} tokens, of which {data['tokens_learnt']:,} may be learnt from; the "
        f"run read {data['examples_read']:,} of the examples.\n\n"
        f"| | |\n|---|---|\n| seal root | `{run['release']['root']}` |\n"
        f"| manifest SHA-256 | `{run['manifest_sha256']}` |\n| lane | {_plain(run['lane'])} |\n"
    )


def _purpose(run: dict[str, Any]) -> str:
    return (
        "## Purpose limits\n\n"
        f"Declared purpose: `{_plain(run['purpose'])}`. The release was decided for "
        f"{', '.join(f'`{_plain(purpose)}`' for purpose in run['purposes'])}. Any other use needs "
        "a new decision: replacing, imitating or rating the people who did this work is not among "
        "the purposes unless it is named here.\n"
    )


def _evaluation(evaluation: dict[str, Any] | None) -> str:
    if evaluation is None:
        return "## Evaluation\n\nNot evaluated yet.\n"
    figures = [
        f"| {_plain(f['group'])} | {f['system']} | {f['bits_per_byte']:.3f} | {f['bytes']:,} | "
        f"{f['examples']:,} |"
        for f in evaluation["figures"]
    ]
    differences = [
        f"- {d['system']} less {d['against']}: {d['mean']:+.3f} bits per byte "
        f"(95 % interval {d['low']:+.3f} to {d['high']:+.3f}; below 0 is better)"
        for d in evaluation["differences"]
    ]
    lines = [
        f"| {c['system']} | {c['exact_match']:.3f} | {c['edit_similarity']:.3f} "
        f"| {c['targets']:,} |"
        for c in evaluation["completions"]
    ]
    head = [
        "| completing lines | exact match | edit similarity | lines |",
        "|---|---|---|---|",
    ]
    completions = [*head, *lines, ""] if lines else ["No lines to complete.\n"]
    return "\n".join(
        (
            f"## Evaluation\n\nOn the split `{_plain(evaluation['split'])}` of the same release.\n",
            "| examples | system | bits per byte | bytes | examples scored |",
            "|---|---|---|---|---|",
            *figures,
            "",
            *differences,
            "",
            *completions,
        )
    )


def _removal(run: dict[str, Any]) -> str:
    return (
        "## Removal status\n\n"
        f"As trained: everyone in release `{_plain(run['release']['id'])}` is in it. Removing "
        "someone means training again without them and retiring this model; the ledger of the "
        "organisation says whether that has happened. Nothing less is called a removal.\n"
    )


def _verification(run: dict[str, Any]) -> str:
    weights = WEIGHTS[run["kind"]]
    return (
        "## How to verify\n\n"
        f"`sha256sum {weights}` must give `{run['weights_sha256']}`. The settings, versions and "
        "hashes in `run.json` give the same weights from the same release on the same kind of "
        "machine; `sidecar.parquet` says which tokens of which example lay in which row, and "
        "how often that row was read.\n"
        + (
            f"\n`run-log.jsonl` has every step of run `{_plain(run['run'])}`, each bound to the "
            "one before; `byline train --replay random` runs a part of it again and compares, and "
            "`byline model verify` checks the folder's signature (`model.sig`, in the OpenSSF "
            "format), its attestation and its place in the log.\n"
            if "run" in run
            else ""
        )
    )


def _plain(text: str) -> str:
    """Text without the signs that Markdown or HTML would read, in one line."""
    return re.sub(r"[^\w .,:;/@+\-]", "?", str(text))
