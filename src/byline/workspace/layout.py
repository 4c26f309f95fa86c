"""Where each thing lies inside a workspace folder."""

from dataclasses import dataclass
from pathlib import Path
from typing import Final

from byline.workspace.config import Config

BUILDING: Final = ".building"
"""Below `releases`: the release that is being built; of a killed run it stays."""


@dataclass(frozen=True)
class Layout:
    """Paths inside the workspace at `root`."""

    root: Path

    @property
    def ledger(self) -> Path:
        """The ledger of facts (SQLite)."""
        return self.root / "ledger.sqlite"

    @property
    def mirrors(self) -> Path:
        """Byline's own checked copies of the repositories."""
        return self.root / "mirrors"

    @property
    def tables(self) -> Path:
        """Parquet tables of work, findings, labels, decisions and candidate examples."""
        return self.root / "tables"

    @property
    def terms(self) -> Path:
        """Every set of terms that decisions were made under (`byline.terms.archive`)."""
        return self.root / "terms"

    @property
    def asked(self) -> Path:
        """Tables of decisions as of other days, made when somebody asks; may be deleted."""
        return self.root / "asked"

    @property
    def releases(self) -> Path:
        """Sealed releases, one folder each."""
        return self.root / "releases"

    @property
    def models(self) -> Path:
        """Trained models, one folder each."""
        return self.root / "models"

    @property
    def receipts(self) -> Path:
        """Signed receipts for people, one folder a batch."""
        return self.root / "receipts"

    @property
    def reports(self) -> Path:
        """HTML and JSON for people."""
        return self.root / "reports"

    @property
    def vault(self) -> Path:
        """What was sealed away (`byline.release.vault`)."""
        return self.root / "vault"

    @property
    def log(self) -> Path:
        """The transparency log, a folder of static files."""
        return self.root / "log"

    @property
    def log_key(self) -> Path:
        """The private key that signs the log."""
        return self.root / "keys" / "log.key"

    @property
    def seal_key(self) -> Path:
        """The secret that blinds what seals say of people and texts (docs/proof-formats.md)."""
        return self.root / "keys" / "seal.key"

    @property
    def proofs(self) -> Path:
        """Proof bundles, made for people who asked."""
        return self.root / "proofs"

    @property
    def lock(self) -> Path:
        """Held by the one process that may write."""
        return self.root / ".lock"


def layout_of(config: Config) -> Layout:
    """The layout of the workspace that `config` names."""
    return Layout(config.at(config.workspace.path))
