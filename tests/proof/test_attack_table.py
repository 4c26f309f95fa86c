"""docs/proof.md names a test for every attack, and those tests are there."""

import re
from pathlib import Path

ROOT = Path(__file__).parents[2]


def test_every_attack_of_the_page_has_its_tests():
    page = (ROOT / "docs/proof.md").read_text(encoding="utf-8")
    attacks = page.split("## Attacks")[1].split("\n## ")[0]
    named = set(re.findall(r"`(test_\w+)`", attacks))
    there = {
        name
        for file in (ROOT / "tests").rglob("test_*.py")
        for name in re.findall(r"^def (test_\w+)\(", file.read_text(encoding="utf-8"), re.MULTILINE)
    }
    assert len(named) > 20
    assert named <= there, named - there
