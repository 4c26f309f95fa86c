"""Overrides by file: rules that somebody set aside for single examples, or examples put aside.

CSV ``example,rule,action,by,reason``. With action ``keep`` a quality rule does not count against
one example; with ``exclude`` an example that would be made is not. What people's terms exclude no
override includes: there is no rule to name for it.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from byline.terms.csv_rows import read_rows
from byline.workspace.config import Config

COLUMNS: Final = ("example", "rule", "action", "by", "reason")
ACTIONS: Final = ("keep", "exclude")


@dataclass(frozen=True)
class Overrides:
    """What was decided by hand.

    Attributes:
        set_aside: By example, the rules that do not count.
        excluded: By example, who put it aside and why.
    """

    set_aside: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    excluded: Mapping[str, str] = field(default_factory=dict)


NO_OVERRIDES: Final = Overrides()


def read_overrides(config: Config) -> Overrides:
    """The overrides of a configuration.

    Raises:
        ConfigError: The file is wrong; the message names the line.
    """
    if config.release.overrides is None:
        return NO_OVERRIDES
    set_aside: dict[str, tuple[str, ...]] = {}
    excluded: dict[str, str] = {}
    for row in read_rows(config.at(config.release.overrides), columns=COLUMNS):
        example, action = row.text("example"), row.text("action")
        why = f"{row.text('reason')} (by {row.text('by')})"
        if not example.startswith("ex_"):
            row.fail(f"`example` is {example!r}", advice="give the id that a release names: ex_…")
        if action == "exclude":
            excluded[example] = why
        elif action == "keep":
            rule = row.text("rule")
            if rule.startswith("terms"):
                row.fail(f"`rule` is {rule!r}", advice="terms change by agreements, not overrides")
            set_aside[example] = (*set_aside.get(example, ()), rule)
        else:
            row.fail(f"`action` is {action!r}", advice=f"known: {', '.join(ACTIONS)}")
    return Overrides(dict(sorted(set_aside.items())), dict(sorted(excluded.items())))
