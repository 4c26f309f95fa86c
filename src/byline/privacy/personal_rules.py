"""Rules for personal data: what a candidate looks like, and what around it says that it is one.

Each check gets the value, the whole text and the place, because the same digits are a version, a
coordinate or an address depending on what stands beside them.
"""

import ipaddress
from typing import Final

import re2

from byline.privacy.checksums import is_card_number, is_iban, is_social_security_number
from byline.privacy.rules import rule, rule_set

NOT_A_DOMAIN_WORDS: Final = """
    bmp c cc cfg class conf cpp css csv dll doc docx exe gif gz h hpp htm html ico ini ipynb java
    jpeg jpg js json jsx lock log map min mjs odt pdf php png ppt rb rst service so sql svg target
    tar tgz toml ts tsx txt wav webp whl xml yaml yml zip setter getter deleter fixture mark
    invalid localhost local localdomain
    """
NOT_A_DOMAIN: Final = frozenset(NOT_A_DOMAIN_WORDS.split())
"""Last labels that are file suffixes, systemd units, decorators or RFC 2606 names, not domains."""

DOCUMENTATION_DOMAINS: Final = (
    "example.com",
    "example.org",
    "example.net",
    "domain.com",
    "host.com",
)
MACHINE_LOCAL_PARTS: Final = frozenset({"git", "hg", "svn", "noreply", "no-reply", "donotreply"})
"""Mailboxes that are nobody's: transport users and senders that cannot be answered."""

PHONE_CONTEXT: Final = re2.compile(r"(?i)(?:tel|phone|mobile|fax|call|cell|whatsapp|sms)\W*$")
NUMBER_BEFORE: Final = re2.compile(r"\d\)?,$")
DECIMALS: Final = re2.compile(r"[\d.]*\.\d+[, -]+$|[a-zA-Z]-?\d+[, -]+$|\d,[\d,-]*$")
ADDRESS_LIST: Final = re2.compile(r"\d+\.\d+\.\d+\.\d+[, ]+$")
"""Coordinates of drawings look like addresses; only a list of addresses goes on with commas."""
VERSION_CONTEXT: Final = re2.compile(
    r"(?i)(?:versions?|release|ver|build|rev|oid|section|sec|\bv|==|>=|<=|~=|\^|~|=>|[@/_-])\W{0,3}$"
)


def _before(data: bytes, start: int, reach: int = 24) -> str:
    """The text just before a byte offset, on the same line."""
    piece = data[max(0, start - reach) : start].decode("utf-8", "ignore")
    return piece.rpartition("\n")[2]


def _after(data: bytes, end: int, reach: int = 8) -> str:
    return data[end : end + reach].decode("utf-8", "ignore")


def _is_email(value: str, data: bytes, start: int) -> bool:
    local, _, domain = value.rpartition("@")
    domain = domain.lower()
    labels = domain.split(".")
    shaped = len(local) <= 64 and len(domain) <= 253 and all(labels)
    if not shaped or local.lower() in MACHINE_LOCAL_PARTS or local[0] == "." or ".." in local:
        return False
    last = labels[-1]
    named = last.isalpha() and 2 <= len(last) <= 18 and last not in NOT_A_DOMAIN
    documented = any(domain == one or domain.endswith(f".{one}") for one in DOCUMENTATION_DOMAINS)
    host_label = any(one.isalpha() for one in labels[-2]) and not labels[-2].startswith("-")
    return named and not documented and host_label and not _in_url(data, start)


def _in_url(data: bytes, start: int) -> bool:
    """Whether the place is the user part of a URL (``ssh://git@host``, ``https://u:p@host``)."""
    head = _before(data, start, 80).rpartition(" ")[2]
    return "://" in head


def _is_phone(value: str, data: bytes, start: int) -> bool:
    """E.164 allows 15 digits; a number in prose has separators or a word that introduces it."""
    digits = [one for one in value if one.isdigit()]
    before, after = _before(data, start), _after(data, start + len(value.encode()))
    if not 9 <= len(digits) <= 15 or len(set(digits)) < 3 or before[-1:].isalnum():
        return False
    if after[:1].isalnum() or after[:1] in {"_", "%"} or before[-1:] in {".", "_", "/", "=", "#"}:
        return False
    separated = sum(one in " -." for one in value) >= 2
    return separated or PHONE_CONTEXT.search(before) is not None


def _is_international_phone(value: str, data: bytes, start: int) -> bool:
    """A plus sign also adds numbers: columns of a table and sums are not phone numbers."""
    before = _before(data, start)
    if before.rstrip()[-1:].isdigit() or "  " in value or before[-1:] in {"+", "-", ")"}:
        return False
    bare = value[1:].isdigit()
    quoted = before[-1:] in {'"', "'", "(", "<", ":"} or PHONE_CONTEXT.search(before) is not None
    return quoted if bare and len(value) >= 11 else not bare and _is_phone(value, data, start)


def _is_card(value: str, data: bytes, start: int) -> bool:
    digits = "".join(one for one in value if one.isdigit())
    separators = {one for one in value if not one.isdigit()}
    before, after = _before(data, start, 4), _after(data, start + len(value), 4)
    inside = before[-1:].isalnum() or before[-1:] in {".", "_", "-", "+", "/", "%", "\\"}
    inside = inside or after[:1].isalnum() or after[:1] in {"_", "%", "/"}
    fraction = after[:1] in {".", "-"} and after[1:2].isalnum()
    if not separators and _in_arithmetic(data, start):
        return False
    grouped = not separators or _is_grouped(value, next(iter(separators)))
    plain = len(separators) <= 1 and grouped and not inside and not fraction
    return plain and 13 <= len(digits) <= 19 and is_card_number(digits)


def _in_arithmetic(data: bytes, start: int) -> bool:
    """Whether the text before a bare number makes it a term or an element of numbers."""
    head = _before(data, start).rstrip(" ")
    return head[-1:] in set("(+*-/^%[{<>&|") or NUMBER_BEFORE.search(head) is not None


def _is_grouped(value: str, separator: str) -> bool:
    """Whether the groups are those printed on cards: 4-4-4-4(-3), 4-6-5 or 4-6-4."""
    lengths = tuple(len(part) for part in value.split(separator))
    return lengths in {(4, 4, 4, 4), (4, 4, 4, 4, 3), (4, 6, 5), (4, 6, 4)}


def _is_us_address(value: str, data: bytes, start: int) -> bool:
    """Number and street, city, state and ZIP: the first two of plausible words and length."""
    street, city, _ = value.split(", ")
    words = street.partition(" ")[2]
    named = all(one.isalnum() or one in " .'-" for one in words + city)
    sized = 3 <= len(words) <= 40 and 2 <= len(city) <= 30
    before = _before(data, start, 2)[-1:]
    return named and sized and city[0].isupper() and not (before.isalnum() or before in {".", "-"})


def _is_iban(value: str, _data: bytes, _start: int) -> bool:
    return is_iban(value)


def _is_public_ipv4(value: str, data: bytes, start: int) -> bool:
    """Public, and not a version number, an OID or a part of a longer dotted number."""
    before, after = _before(data, start), _after(data, start + len(value), 2)
    octets = value.split(".")
    if any(len(one) > 1 and one[0] == "0" for one in octets) or max(map(int, octets)) > 255:
        return False
    if after[:1].isalnum() or (after[:1] in {".", "-", "_", "+"} and after[1:2].isalnum()):
        return False
    if before[-1:].isalnum() or before[-1:] in {".", "_"} or max(map(int, octets)) < 40:
        return False
    if DECIMALS.search(before) and not ADDRESS_LIST.search(before):
        return False
    address = before.endswith(("//", "@"))
    if not address and VERSION_CONTEXT.search(before):
        return False
    parsed = ipaddress.IPv4Address(value)
    return parsed.is_global and not parsed.is_multicast


def _is_public_ipv6(value: str, data: bytes, start: int) -> bool:
    """In 2000::/3, the only space assigned to hosts (RFC 4291, 2.4), and not documentation."""
    before, after = _before(data, start, 2), _after(data, start + len(value), 1)
    if before[-1:].isalnum() or before[-1:] in {":", "."} or after.isalnum() or after == ":":
        return False
    try:
        address = ipaddress.IPv6Address(value)
    except ValueError:
        return False
    return address.is_global and value[0] in "23" and sum(one.isdigit() for one in value) >= 5


def _is_ssn(value: str, data: bytes, start: int) -> bool:
    before, after = _before(data, start, 2)[-1:], _after(data, start + len(value), 1)
    alone = not (before.isalnum() or after.isalnum() or before in {"-", "."} or after == "-")
    return alone and is_social_security_number(value)


STATES: Final = (
    "A[KLRZ]|C[AOT]|D[CE]|FL|GA|HI|I[ADLN]|K[SY]|LA|M[ADEINOST]|N[CDEHJMVY]|O[HKR]|PA|RI|S[CD]|T[NX]"
    "|UT|V[AT]|W[AIVY]"
)
MONTHS: Final = (
    "jan(?:uary|uar)?|feb(?:ruary|ruar)?|mar(?:ch)?|märz|apr(?:il)?|may|mai|june?|juni|july?|juli"
    "|aug(?:ust)?|sep(?:t|tember)?|o[ck]t(?:ober)?|nov(?:ember)?|de[cz](?:ember)?"
)
BIRTH: Final = r"born(?: on)?|date of birth|birth ?date|d\.?o\.?b\.?|geboren(?: am)?"
DATES: Final = (
    rf"\d{{1,2}}\.? (?:{MONTHS})\.?,? (?:19|20)\d\d|(?:{MONTHS})\.? \d{{1,2}},? (?:19|20)\d\d"
    r"|(?:19|20)\d\d-\d\d-\d\d|\d{1,2}[./-]\d{1,2}[./-](?:19|20)\d\d"
)

PERSONAL_RULES: Final = rule_set(
    rule(
        "email",
        r"[\p{L}\p{N}_](?:[\p{L}\p{N}._%+'-]*[\p{L}\p{N}_+-])?@[\p{L}\p{N}-]+(?:\.[\p{L}\p{N}-]+)+",
        hints=("@",),
        check=_is_email,
    ),
    rule(
        "phone",
        r"\+[1-9](?:[ .()-]{0,2}\d){7,14}",
        hints=(r"\+[1-9]",),
        check=_is_international_phone,
    ),
    rule(
        "phone",
        r"(?:\([2-9]\d\d\) ?|[2-9]\d\d[.-])[2-9]\d\d[.-]\d{4}",
        hints=(r"[2-9]\d\d[.-]\d{4}",),
        check=_is_phone,
    ),
    rule(
        "iban",
        r"\b[A-Z]{2}\d\d(?: ?[A-Z0-9]{4}){2,7}(?: ?[A-Z0-9]{1,3})?\b",
        hints=(r"[a-z]{2}\d\d ?[a-z0-9]{4}",),
        check=_is_iban,
    ),
    rule(
        "card",
        r"[2-6]\d{3}[ -]?\d{4,6}[ -]?\d{4,5}(?:[ -]?\d{1,4}){0,2}",
        hints=(r"[2-6]\d{3}[ -]?\d{4}",),
        check=_is_card,
    ),
    rule(
        "ip-address",
        r"\d{1,3}\.\d{1,3}\.\d{1,3}\.\d{1,3}",
        hints=(r"\d\.\d+\.\d+\.\d",),
        check=_is_public_ipv4,
    ),
    rule(
        "ip-address",
        r"[23][0-9A-Fa-f]{3}:[0-9A-Fa-f:]+:[0-9A-Fa-f:.]*",
        hints=("[23][0-9a-f]{3}:[0-9a-f:]",),
        check=_is_public_ipv6,
    ),
    rule(
        "address",
        rf"(\d{{1,5}} [^\n,\"'()]+, [^\n,\"'()]+, (?:{STATES}) \d{{5}}(?:-\d{{4}})?)\b",
        hints=(r", [a-z]{2} \d{5}",),
        check=_is_us_address,
    ),
    rule(
        "address",
        r"(\p{Lu}[\p{L}-]*(?:straße|strasse|str\.|weg|allee|platz|gasse|ring|damm) \d{1,4} ?[a-z]?"
        r", (?:D-|A-|CH-)?\d{4,5} \p{Lu}[\p{L}-]+)",
        hints=(r"\d ?[a-z]?, (?:d-|a-|ch-)?\d{4,5} ",),
    ),
    rule(
        "birth-date",
        rf"(?i)\b((?:{BIRTH})\W{{1,4}}(?:{DATES}))\b",
        hints=("born", "birth", r"d\.?o\.?b", "geboren"),
    ),
    rule("ssn", r"\d{3}-\d{2}-\d{4}", hints=(r"\d{3}-\d\d-\d{4}",), check=_is_ssn),
)
