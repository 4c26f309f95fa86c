"""What the sample company publishes beside its agreements: notices' words, and two assessments.

Every text is invented and is not legal advice. The assessments are signed with a key that is drawn
here, so that the sample is the same everywhere; a real key is nobody else's to know.
"""

import base64
import hashlib
import textwrap
from importlib import resources

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from byline.sample.agreements import ASSIST

ASSESSOR = "dpo@harbour.example"
_NAMESPACE = b"byline-assessment"  # what `ssh-keygen -Y sign -n` is given
_CODE, _WIDER = '["code"]', '["code", "process", "design"]'
_CONTRACTED = '["assist_others", "code_review", "repair", "retrieval"]'

_TEXTS = {
    "ai-training-1.en.md": (
        "What you write in the company's repositories may be used to train internal tools that "
        "assist engineers. You can object at any time, without a reason."
    ),
    "ai-training-1.pl.md": (
        "To, co piszesz w repozytoriach firmy, może służyć do uczenia wewnętrznych narzędzi dla "
        "inżynierów. Możesz się sprzeciwić w każdej chwili, bez podania przyczyny."
    ),
    "ai-training-2.en.md": (
        "What you write in the company's repositories, reviews, issues and design documents may "
        "be used to train internal tools that assist engineers. You can object at any time, "
        "without a reason; nobody in your line of management sees that you did."
    ),
    "ai-training-eu-1.de.md": (
        "Was Sie in Repositorien, Reviews und Vorgängen des Unternehmens schreiben, kann auf "
        "Grund berechtigter Interessen (Art. 6 Abs. 1 Buchst. f DSGVO) dem Training interner "
        "Werkzeuge dienen. Sie können jederzeit ohne Begründung widersprechen (Art. 21 DSGVO)."
    ),
    "ai-training-eu-1.pl.md": (
        "To, co piszesz w repozytoriach, przeglądach i zgłoszeniach firmy, może służyć do uczenia "
        "wewnętrznych narzędzi na podstawie prawnie uzasadnionych interesów (art. 6 ust. 1 lit. f "
        "RODO). Możesz wnieść sprzeciw w każdej chwili, bez podania przyczyny (art. 21 RODO)."
    ),
    "ai-training-contractors-1.en.md": (
        "Source code that you deliver from today on may be used to train internal engineering "
        "tools. It is used after the end of your contract too."
    ),
    "ai-training-contractors-1.pl.md": (
        "Kod źródłowy, który dostarczysz od dziś, może służyć do uczenia wewnętrznych narzędzi "
        "inżynierskich. Będzie używany także po zakończeniu umowy."
    ),
}
_NOTICES = (
    ("ai-training", "1", "2024-05-01", _WIDER, ASSIST, ("en", "pl")),
    ("ai-training", "2", "2025-09-01", _WIDER, ASSIST, ("en",)),
    ("ai-training-eu", "1", "2024-06-01", _WIDER, ASSIST, ("de", "pl")),
    ("ai-training-contractors", "1", "2024-06-01", _CODE, _CONTRACTED, ("en", "pl")),
)
_CONTROLLER = """\
[controller]
name = "Harbour Analytics"
address = "1 Quay Street, Portside"
contact = "privacy@harbour.example"
country = "DE"
withdraw_at = "https://harbour.example/byline/say"
rights_at = "https://harbour.example/byline/rights"
storage_locations = ["DE"]
retention = "P3Y"
processing_locations = ["DE"]
location_rule = "Stored and processed in Germany only."

[controller.authority]
name = "An invented supervisory authority"
address = "2 Quay Street, Portside"
contact = "mailbox@authority.example"
"""
_BALANCE = (
    "The interest: better internal tools, which public code cannot teach. The balance: people "
    "were told, can object without a reason, and nobody is rated or replaced."
)
_RISKS = (
    "Risks: re-identification, monitoring, secrets in texts. Measures: pseudonyms, redaction, "
    "closed purposes, objection at any time, no keystrokes, no screens, no presence."
)
_ASSESSED = {
    "lia-assist-2024": (
        "lia", "Legitimate interests: tools that assist engineers", "2024-05-20", _BALANCE
    ),
    "dpia-assist-2024": (
        "dpia", "Impact assessment: training on engineers' work", "2024-05-27", _RISKS
    ),
}  # fmt: skip


def capture_manifest() -> str:
    """What may be taken from each source, as the company's data protection officer declared it."""
    return (resources.files("byline.sample") / "data" / "capture.toml").read_text(encoding="utf-8")


def capture_sha256() -> str:
    """The hash of the capture manifest, as byline.toml pins it."""
    return _sha256(capture_manifest())


def published_files() -> dict[str, str]:
    """Return every published paper: path below the company's folder, and text."""
    key = Ed25519PrivateKey.from_private_bytes(hashlib.sha256(b"harbour assessor").digest())
    public = _public_blob(key)
    listed = base64.b64encode(public).decode()
    papers = {
        "terms/capture.toml": capture_manifest(),
        "terms/notices.toml": _register(),
        "terms/assessments.toml": "\n".join(_assessment(name) for name in sorted(_ASSESSED)),
        "terms/assessors": f'{ASSESSOR} namespaces="byline-assessment" ssh-ed25519 {listed}\n',
    }
    papers |= {f"terms/notices/{name}": _page(text) for name, text in _TEXTS.items()}
    for name in _ASSESSED:
        document = _document(name)
        papers[f"terms/assessments/{name}.md"] = document
        papers[f"terms/assessments/{name}.md.sig"] = _signature(key, public, document.encode())
    return papers


def _page(text: str) -> str:
    return textwrap.fill(text, 88) + "\n"


def _register() -> str:
    entries = [_CONTROLLER]
    for name, version, effective, classes, purposes, languages in _NOTICES:
        texts = "\n".join(
            f'{language} = {{ file = "notices/{file}", sha256 = "{_sha256(_page(_TEXTS[file]))}" }}'
            for language in languages
            for file in [f"{name}-{version}.{language}.md"]
        )
        entries.append(
            f'[[notice]]\nid = "{name}"\nversion = "{version}"\neffective = {effective}\n'
            f"classes = {classes}\npurposes = {purposes}\n[notice.texts]\n{texts}\n"
        )
    return "\n".join(entries)


def _assessment(name: str) -> str:
    kind, title, completed, _ = _ASSESSED[name]
    return (
        f'[[assessment]]\nid = "{name}"\nkind = "{kind}"\ntitle = "{title}"\n'
        f'document = "assessments/{name}.md"\nsha256 = "{_sha256(_document(name))}"\n'
        f"completed = {completed}\nexpires = 2027-05-01\n"
        f'classes = ["*"]\npurposes = {ASSIST}\nsignature = "assessments/{name}.md.sig"\n'
    )


def _document(name: str) -> str:
    _, title, _, text = _ASSESSED[name]
    return f"# {title}\n\n{_page(text)}"


def _sha256(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def _public_blob(key: Ed25519PrivateKey) -> bytes:
    raw = key.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)
    return _string(b"ssh-ed25519") + _string(raw)


def _string(data: bytes) -> bytes:
    return len(data).to_bytes(4, "big") + data


def _signature(key: Ed25519PrivateKey, public: bytes, document: bytes) -> str:
    """An armoured signature as `ssh-keygen -Y sign` writes it (PROTOCOL.sshsig of OpenSSH)."""
    head = _string(_NAMESPACE) + _string(b"") + _string(b"sha512")
    signed = key.sign(b"SSHSIG" + head + _string(hashlib.sha512(document).digest()))
    blob = (
        b"SSHSIG" + (1).to_bytes(4, "big") + _string(public) + head
        + _string(_string(b"ssh-ed25519") + _string(signed))
    )  # fmt: skip
    lines = textwrap.wrap(base64.b64encode(blob).decode(), 70)
    return "\n".join(["-----BEGIN SSH SIGNATURE-----", *lines, "-----END SSH SIGNATURE-----", ""])
