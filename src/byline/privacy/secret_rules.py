"""Rules of our own for secrets, for what betterleaks does not know or does not catch.

Planted secrets of 55 types against betterleaks 2.0.0 with its built-in rules: it misses Twilio
keys, Django and Flask secret keys, Authorization headers, Telegram tokens, Mailgun keys, password
hashes, ``.netrc`` passwords and setter calls. The rest of the rules repeat the families that matter
most, so that one missing rule upstream is not a leak here.
"""

from typing import Final

from byline.privacy.placeholders import (
    bits_per_character,
    is_placeholder,
    is_reference,
    looks_like_password,
    looks_random,
)
from byline.privacy.rules import rule, rule_set


def _not_a_placeholder(value: str, _data: bytes, _start: int) -> bool:
    return not is_placeholder(value)


def _password_in_quotes(value: str, _data: bytes, _start: int) -> bool:
    return looks_like_password(value) and not is_reference(value)


def _password_bare(value: str, _data: bytes, _start: int) -> bool:
    """An unquoted value is often code; it has to look generated or mix three classes."""
    if is_reference(value) or not looks_like_password(value) or len(value) < 8:
        return False
    letters = any(one.islower() for one in value) and any(one.isupper() for one in value)
    return any(one.isdigit() for one in value) and (letters or not value.isalnum())


def _token_in_quotes(value: str, _data: bytes, _start: int) -> bool:
    return looks_random(value) and not is_placeholder(value) and not is_reference(value)


def _token_bare(value: str, _data: bytes, _start: int) -> bool:
    """Dots are attribute access in code, so a bare token needs to be one unbroken run."""
    return (
        looks_random(value, bits=3.2, length=20)
        and not is_placeholder(value)
        and not is_reference(value)
        and "." not in value.strip(".")
    )


def _header_value(value: str, _data: bytes, _start: int) -> bool:
    return not is_placeholder(value) and bits_per_character(value) >= 3.0


def _aws_secret(value: str, data: bytes, start: int) -> bool:
    """Forty characters of base64 are a key only beside an access key id."""
    near = data[max(0, start - 400) : start + 440]
    mixed = any(one.isdigit() for one in value) and not value.isupper() and not value.islower()
    return mixed and AWS_ID.pattern.search(near) is not None and bits_per_character(value) >= 4.0


AWS_ID: Final = rule(
    "aws-access-key",
    r"\b((?:AKIA|ASIA|ABIA|ACCA)[A-Z2-7]{16})\b",
    hints=("akia", "asia", "abia", "acca"),
)

NAME_BEFORE: Final = r"(?:pass(?:word|wd|phrase|code)s?|pwd|psw)"
NAME_OF_KEY: Final = (
    r"(?:secret|token|api[_-]?key|apikey|private[_-]?key|access[_-]?key|auth[_-]?key|"
    r"encryption[_-]?key|signing[_-]?key|master[_-]?key|service[_-]?key|secret[_-]?key|"
    r"credentials?|client[_-]?secret|webhook[_-]?key|license[_-]?key|salt)"
)
ASSIGNS: Final = r"(?:[\"'`]?\]?[ \t]*(?::=|=>|===?|!=|=|:)\s{0,20}|[\"'`],[ \t]*)[a-zA-Z]{0,2}"
PASSWORD_WORDS: Final = ("pass", "pwd", "psw")
KEY_WORDS: Final = ("secret", "token", "key", "credential", "salt")

SECRET_RULES: Final = rule_set(
    AWS_ID,
    rule(
        "aws-secret-key",
        r"(?:^|[^A-Za-z0-9/+=_-])([A-Za-z0-9/+]{40})(?:$|[^A-Za-z0-9/+=_-])",
        hints=("akia", "asia", "abia", "acca"),
        check=_aws_secret,
    ),
    rule(
        "github-token",
        r"\b(gh[pousr]_[A-Za-z0-9]{36,})\b",
        hints=("ghp_", "gho_", "ghu_", "ghs_", "ghr_"),
    ),
    rule("github-token", r"\b(github_pat_\w{40,})\b", hints=("github_pat_",)),
    rule("gitlab-token", r"\b(gl(?:pat|dt|rt|ptt|soat)-[\w-]{20,})", hints=("gl[a-z]+-",)),
    rule("slack-token", r"\b(xox[abeoprs]-[A-Za-z0-9-]{20,})", hints=("xox",)),
    rule("stripe-key", r"\b([rs]k_(?:live|test)_[A-Za-z0-9]{16,})\b", hints=("k_live_", "k_test_")),
    rule("google-api-key", r"\b(AIza[\w-]{35})", hints=("aiza",)),
    rule("npm-token", r"\b(npm_[A-Za-z0-9]{36})\b", hints=("npm_",)),
    rule("sendgrid-key", r"\b(SG\.[\w-]{16,32}\.[\w-]{16,64})", hints=(r"sg\.",)),
    rule(
        "twilio-key",
        r"\b((?:SK|AC)[0-9a-f]{32})\b",
        hints=("(?:sk|ac)[0-9a-f]{8}",),
        check=_header_value,
    ),
    rule("telegram-token", r"\b(\d{8,10}:AA[\w-]{32,34})\b", hints=(":aa",)),
    rule("mailgun-key", r"\b(key-[0-9a-f]{32})\b", hints=("key-",)),
    rule(
        "json-web-token",
        r"\b(eyJ[\w-]{10,}\.eyJ[\w-]{10,}\.[\w-]{10,})",
        hints=("eyj",),
    ),
    rule(
        "password-hash",
        r"(\$apr1\$[./A-Za-z0-9]{1,8}\$[./A-Za-z0-9]{22}|\$2[abxy]\$\d\d\$[./A-Za-z0-9]{53}"
        r"|\$[156]\$(?:rounds=\d+\$)?[./A-Za-z0-9]{1,16}\$[./A-Za-z0-9]{22,86})",
        hints=(r"\$apr1\$", r"\$2[abxy]\$", r"\$[156]\$"),
    ),
    rule(
        "url-password",
        r"(?i)\b[a-z][a-z0-9+.-]*://[^\s:@/\"'<>`]*:([^\s@/\"'<>`]{3,})@[\w\[$<{.-]",
        hints=("://",),
        check=_not_a_placeholder,
    ),
    rule(
        "authorization-header",
        r"(?i)authorization[\"'`]?\]?\s*[:=,]\s*[\"'`]?(?:bearer|basic|token|apikey|digest)\s+"
        r"([A-Za-z0-9+/=_.~-]{16,})",
        hints=("authorization",),
        check=_header_value,
    ),
    rule(
        "netrc-password",
        r"(?m)^\s*machine\s+\S+\s+login\s+\S+\s+password\s+(\S{4,})",
        hints=("machine",),
        check=_not_a_placeholder,
    ),
    rule(
        "connection-password",
        r"(?i);\s*(?:password|pwd)\s*=\s*([^;\"'\s]{4,})",
        hints=("password", "pwd"),
        check=_password_in_quotes,
    ),
    rule(
        "password",
        rf"(?i){NAME_BEFORE}[\w.-]*{ASSIGNS}\"([^\"\n\\]{{6,200}})\"",
        hints=PASSWORD_WORDS,
        check=_password_in_quotes,
    ),
    rule(
        "password",
        rf"(?i){NAME_BEFORE}[\w.-]*{ASSIGNS}'([^'\n\\]{{6,200}})'",
        hints=PASSWORD_WORDS,
        check=_password_in_quotes,
    ),
    rule(
        "password",
        rf"(?i)(?:set|with|use)_?{NAME_BEFORE}\(\s*[\"']([^\"'\n\\]{{6,200}})[\"']",
        hints=PASSWORD_WORDS,
        check=_password_in_quotes,
    ),
    rule(
        "password",
        rf"(?im)^[ \t]*(?:export[ \t]+|set[ \t]+|-[ \t]+)?[\w.-]*{NAME_BEFORE}[\w.-]*"
        r"[ \t]*[:=][ \t]*([^\s\"'`#,;]{8,200})[ \t\r]*$",
        hints=PASSWORD_WORDS,
        check=_password_bare,
    ),
    rule(
        "token",
        rf"(?i){NAME_OF_KEY}[\w.-]*{ASSIGNS}[\"'`]([^\"'`\s\\]{{16,300}})[\"'`]",
        hints=KEY_WORDS,
        check=_token_in_quotes,
    ),
    rule(
        "token",
        rf"(?im)^[ \t]*(?:export[ \t]+|set[ \t]+|-[ \t]+)?[\w.-]*{NAME_OF_KEY}[\w.-]*"
        r"[ \t]*[:=][ \t]*([A-Za-z0-9+/=_.~-]{20,300})[ \t\r]*$",
        hints=KEY_WORDS,
        check=_token_bare,
    ),
)
