"""Where the text itself comes from: what is known of third parties, own time and own holders.

The index of the third-party corpus is made at first use and kept in the workspace; see
`byline.corpus.third_party`. It never leaves it: findings name files of the corpus, not their text.
"""

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Final

from byline.corpus.ownership import Rule, read_own_time
from byline.corpus.third_party import ThirdParty, check_folders, third_party
from byline.workspace.config import Config, Ownership, Repository
from byline.workspace.layout import layout_of


@dataclass(frozen=True)
class Provenance:
    """What an organisation says of work that is not its own.

    Attributes:
        holders: How its own copyright lines name it.
        rules: Declarations of own time, then rules, in the order in which they decide.
        folders: The third-party corpus.
        place: Where its index is kept.
    """

    holders: tuple[str, ...] = ()
    rules: tuple[Rule, ...] = ()
    folders: tuple[Path, ...] = ()
    place: Path = Path()

    @cached_property
    def corpus(self) -> ThirdParty | None:
        """The index of the third-party corpus, or None where there is no corpus."""
        return third_party(self.folders, into=self.place) if self.folders else None

    def rules_for(self, repository: Repository) -> tuple[Rule, ...]:
        """The rules that may speak of a repository."""
        where = str(repository.path)
        return tuple(rule for rule in self.rules if rule.names_repository(repository.name, where))


def read_provenance(config: Config) -> Provenance:
    """Read what a configuration says.

    Raises:
        ConfigError: The declarations of own time are wrong, with the line; or a folder of the
            third-party corpus is missing.
    """
    folders = tuple(config.at(path) for path in config.corpus.third_party)
    check_folders(folders)
    declared = config.people.own_time
    return Provenance(
        holders=config.organisation.copyright_holders,
        rules=(
            *(read_own_time(config.at(declared)) if declared else ()),
            *(_rule(one, number) for number, one in enumerate(config.ownership, start=1)),
        ),
        folders=folders,
        place=layout_of(config).tables / "third_party",
    )


def _rule(one: Ownership, number: int) -> Rule:
    note = f": {one.note}" if one.note else ""
    return Rule(
        owner=one.owner,
        repositories=one.repositories,
        remotes=one.remotes,
        paths=one.paths,
        people=one.persons,
        emails=tuple(email.lower() for email in one.emails),
        employment=one.employment,
        licences=one.licences,
        first=one.since,
        last=one.until,
        evidence=f"[[ownership]] rule {number}{note}",
    )


NO_PROVENANCE: Final = Provenance()
