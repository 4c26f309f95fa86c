"""Whether a value that stands where a credential belongs is only a stand-in for one.

A scanner that cries at ``password = "changeme"`` is switched off by its users; one that believes
``password = "Example1!"`` is a stand-in loses a secret. The rules here are therefore about the
whole value, not about a word somewhere in it.
"""

import math
from collections import Counter
from typing import Final

import re2

STAND_INS_WORDS: Final = """
    admin admin123 apikey basic bearer blank bogus bar baz changeit changeme change_me change-me
    credential credentials default demo dummy dummypass dummypassword empty example fake foo foobar
    guest hidden hunter2 insecure invalid key letmein masked my-password my-secret my_password
    my_secret mypass mypassword mysecret none not-a-secret null optional pass passwd password
    password1 password123 passphrase placeholder private pwd redacted removed replace replace-me
    replace_me replaceme required root s3cr3t sample secret secrets some-password some-secret
    someone str string test test123 testing testpass testpassword testtest text token todo true
    false undefined unknown unset unused user username value wrong wrong-password wrongpassword xyz
    """
STAND_INS: Final = frozenset(STAND_INS_WORDS.split())
"""Whole values that documentation and tests write for "a credential goes here", in lower case."""

STAND_IN_SHAPE: Final = re2.compile(
    r"(?i)^(?:"
    r"[xX*.•_?#-]+"  # xxxx, ****, ....
    r"|<.*>|\[.*\]|\(.*\)|\{.*\}|\$[\w.]+|\$[({].*|%.*%|%\w|@.*@|__.*__"  # <token>, {token}, $TOKEN
    r"|.*(?:\$\{|\$\(|\{\{|\{[a-z_.]*\}|<[a-z_ -]+>|%\([a-z_]+\)s|x{4,}|\*{3,}|\.\.\.|…).*"
    r"|(?:your|my|the|some|an?|enter|insert|use|put|example|dummy|fake|sample|changeme|placeholder)"
    r"[ _.-](?:[a-z]+[ _.-]?)*\d?"
    r"|(?:your|my|some|example|dummy|fake|sample)"
    r"(?:pass(?:word|wd|phrase)?|secret|token|(?:api|secret|access|private)?key)(?:here)?\d?"
    r"|(?:[a-z]+[ _.-])+(?:here|placeholder|example|changeme)"
    r"|(?:not|no|in|un)[ _-]?(?:a[ _-])?(?:secret|secure|real|set|used|token|key|password)\w*"
    r"|(?:test|example|fake|dummy|wrong|invalid|new|old|bad|another|user|proxy|default|plain)?"
    r"[ _-]?(?:pass(?:word|wd|phrase)?|pwd|secret|token|key|api[ _-]?key|credentials?)[ _-]?\d{0,3}"
    r"|(?:0123|1234|123456)\d*|abc(?:d(?:ef)?)?\d*|(?:abcd|qwer)[a-z]*"
    r")$"
)

IDENTIFIER: Final = re2.compile(
    r"^[A-Za-z_]+$|^[A-Za-z]+\d{0,3}(?:[.,:/_ -]+[A-Za-z]+\d{0,3})+[.:]?$"
)
"""One word, or words (each with at most three digits after it) joined by separators."""

REFERENCE: Final = re2.compile(
    r"^(?:https?://|s3://|gs://|file:|/|\./|\.\./|~/|[A-Za-z]:\\)"
    r"|^(?:env|os|process|config|settings|self|this|secrets|vault|var|local|data|inputs?)[.\[(:]"
    r"|^[A-Za-z_][\w.:>-]*[(\[{].*[)\]}]$|^&|->|=>|::"
)
"""Something that names a place where a value is kept, or an expression that computes one."""


def is_placeholder(value: str) -> bool:
    """Whether `value` only stands in for a credential: "changeme", "<token>", "${TOKEN}"."""
    bare = value.strip().strip("'\"`")
    if len(bare) < 2 or bare.lower() in STAND_INS:
        return True
    return len(set(bare)) <= 2 or STAND_IN_SHAPE.search(bare) is not None


def is_reference(value: str) -> bool:
    """Whether `value` names or computes a value rather than being one: a path, a call, a name."""
    return REFERENCE.search(value) is not None


def bits_per_character(value: str) -> float:
    """Shannon entropy of the characters of `value`, in bits for each character."""
    total = len(value)
    return -sum(n / total * math.log2(n / total) for n in Counter(value).values()) if total else 0.0


def looks_random(value: str, *, bits: float = 3.0, length: int = 16) -> bool:
    """Whether `value` looks drawn by a generator.

    It is long enough, has letters and digits mixed, no spaces, is not words joined by separators,
    and its characters carry at least `bits` bits each (Shannon, over the value itself; 16 random
    hexadecimal digits carry about 3.2).
    """
    if len(value) < length or any(one.isspace() for one in value):
        return False
    has_digit = any(one.isdigit() for one in value)
    has_letter = any(one.isalpha() for one in value)
    if not (has_digit and has_letter) or IDENTIFIER.search(value):
        return False
    return bits_per_character(value) >= bits


def looks_like_password(value: str) -> bool:
    """Whether `value`, quoted beside the word password, is more likely one than a label.

    At least six characters, no placeholder or reference, and two of: lower case, upper case, digit,
    other; a plain lower-case word or a sentence is taken for a label.
    """
    if len(value) < 6 or is_placeholder(value) or IDENTIFIER.search(value):
        return False
    classes = (
        any(one.islower() for one in value),
        any(one.isupper() for one in value),
        any(one.isdigit() for one in value),
        any(not one.isalnum() for one in value),
    )
    return sum(classes) >= 2
