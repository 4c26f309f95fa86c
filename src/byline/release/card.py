"""The dataset card: `README.md` with the front matter that `datasets.load_dataset` reads."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from byline.examples.schema import EXAMPLES, FORMS, TEXTS, TEXTS_OF
from byline.workspace.files import write_text

TAKEN: Final = frozenset({"labels"})
"""Columns that trainers take for something else: `transformers` and TRL hold any ``labels`` for
token labels. The shards have them; a configuration, whose rows go to a trainer, has them not."""


def write_card(directory: Path, manifest: Mapping[str, Any], *, organisation: str) -> None:
    """Write the card of a release into its folder."""
    write_text(directory / "README.md", card(manifest, organisation=organisation))


def card(manifest: Mapping[str, Any], *, organisation: str) -> str:
    """The card's text."""
    return "\n".join(
        [
            *_front_matter(manifest),
            f"# {manifest['name']} ({manifest['release']})",
            "",
            (
                f"Training examples made from the work of {organisation}'s engineers, each with "
                "its byline, under terms that permit it."
            ),
            "",
            f"- Purposes: {', '.join(manifest['purposes'])}. Another use is outside the terms.",
            (
                f"- Lane: {manifest['lane']}. People stand under pseudonyms that the linkage key "
                "resolves: this is pseudonymised, not anonymous, data."
            ),
            (
                f"- {manifest['examples']:,} examples by {manifest['people']:,} people, decided "
                f"as of {manifest['decided_as_of']}."
            ),
            f"- Seal: root `{manifest['root']}`, logged before training (`seal/log.tlog-proof`).",
            "",
            *_splits(manifest),
            *_sources(manifest),
            *_account(manifest),
            "## Read it",
            "",
            "```python",
            "from datasets import load_dataset",
            "",
            f'dataset = load_dataset(".", "{_first_form(manifest)}")',
            "```",
            "",
            (
                "Trainers take any column `labels` for token labels, so no configuration has it; "
                "the files in `data/` have."
            ),
            "",
            (
                "The columns are described in Byline's `docs/examples.md`. "
                "`byline verify` proves any example in or out."
            ),
            "",
        ]
    )


def _front_matter(manifest: Mapping[str, Any]) -> list[str]:
    """The configurations of the dataset: one for each form that has any example.

    Each reads the columns of its form alone, so that a trainer takes its rows as they are.
    """
    lines = ["---", "license: other", "license_name: internal", "configs:"]
    present = [form for form in FORMS if any(one["form"] == form for one in manifest["shards"])]
    for form in present:
        unused = (set(TEXTS) - set(TEXTS_OF[form])) | TAKEN
        columns = [name for name in EXAMPLES.names if name not in unused]
        lines += [f"- config_name: {form}", f"  columns: [{', '.join(columns)}]"]
        lines += ["  default: true"] if form == present[0] else []
        lines.append("  data_files:")
        for split in manifest["splits"]:
            if any(one["split"] == split and one["form"] == form for one in manifest["shards"]):
                path = f"data/{split}-{form}-*.parquet"
                lines += [f"  - split: {split}", f"    path: {path}"]
    return [*lines, "tags:", "- code", "- byline", "---", ""]


def _first_form(manifest: Mapping[str, Any]) -> str:
    return next(form for form in FORMS if any(one["form"] == form for one in manifest["shards"]))


def _splits(manifest: Mapping[str, Any]) -> list[str]:
    settings = manifest["settings"]
    lines = [
        "## Splits",
        "",
        f"By time: {settings['split']}. Training ends before {settings['train_before']}.",
        "",
        "| split | examples | characters |",
        "|---|---:|---:|",
    ]
    lines += [
        f"| {name} | {split['examples']:,} | {split['characters']:,} |"
        for name, split in manifest["splits"].items()
    ]
    return [*lines, ""]


def _sources(manifest: Mapping[str, Any]) -> list[str]:
    lines = ["## Sources", "", "| repository | commit | owner | licence |", "|---|---|---|---|"]
    lines += [
        f"| {one['name']} | `{one['commit'][:12]}` | {one['owner']} | {one['licence'] or '—'} |"
        for one in manifest["repositories"]
    ]
    return [*lines, ""]


def _account(manifest: Mapping[str, Any]) -> list[str]:
    lines = [
        "## Account",
        "",
        "Every collected line and commit is included, or excluded for a reason.",
        "",
        "| unit | fate | count |",
        "|---|---|---:|",
    ]
    for unit, reasons in manifest["account"].items():
        for reason, counts in reasons.items():
            lines.append(f"| {unit} | {reason} | {sum(counts.values()):,} |")
    return [*lines, ""]
