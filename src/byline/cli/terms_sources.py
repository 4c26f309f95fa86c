"""Which terms are meant on the command line: files, a folder, a pack, a configuration, the archive.

Agreements alone stand with everything else as it is now: notices, what people said, assessments,
holds. A configuration stands with its own notices and files; what people said is in the ledger, and
so is the same.
"""

import re
from dataclasses import replace
from pathlib import Path
from typing import Final

from byline.cli.session import Session
from byline.errors import UsageError
from byline.terms.agreed import Terms
from byline.terms.agreement_files import load_pack, merge_agreements, read_agreements
from byline.terms.archive import kept, kept_digests
from byline.workspace.config import FILE_NAME, read_config

NOW: Final = "now"
PACK: Final = "pack:"
DIGEST: Final = re.compile(r"[0-9a-f]{6,64}")


def terms_named(text: str, session: Session) -> Terms:
    """The terms that a word of the command line means.

    Args:
        text: ``now``, ``pack:NAME``, a file or folder of agreements, a byline.toml or a folder that
            holds one, or the beginning of the digest of terms that were kept.
        session: Whose terms are those of now.

    Raises:
        UsageError: It is none of these, or the digest fits several.
        ConfigError: A file of it is wrong.
    """
    now = session.inputs.terms
    if text == NOW:
        return now
    if text.startswith(PACK):
        return replace(now, agreements=load_pack(text.removeprefix(PACK)))
    path = Path(text)
    if path.name == FILE_NAME or (path / FILE_NAME).is_file():
        return session.inputs_known_by(None, config=read_config(path)).terms
    if path.exists():
        packs = [load_pack(name) for name in session.config.terms.packs]
        return replace(now, agreements=tuple(merge_agreements(read_agreements([path]), *packs)))
    return kept(_digest(text, session), session.layout.terms)


def _digest(text: str, session: Session) -> str:
    found = kept_digests(session.layout.terms, text) if DIGEST.fullmatch(text) else ()
    if len(found) == 1:
        return found[0]
    if found:
        raise UsageError(f"{text} is the beginning of several kept terms", advice="give more of it")
    raise UsageError(
        f"there are no terms {text!r}",
        advice="give `now`, pack:NAME, a file or folder of agreements, a byline.toml, or the "
        "digest of terms that were kept (`byline decide --json --known-by DATE`)",
    )
