"""Invented credentials, put together at run time so that none stands in this source.

Each kind follows the shape its issuer documents, so that a scanner's rule for it fires. None was
ever issued. Kinds are named as common scanners name their rules.
"""

import base64
import json
import string
from collections.abc import Callable
from dataclasses import dataclass

from byline.sample.dice import Dice

_ALNUM = string.ascii_letters + string.digits
_LOWER = string.ascii_lowercase + string.digits
_HEX = "0123456789abcdef"
_BASE32 = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"


@dataclass(frozen=True, slots=True)
class Planted:
    """Something that must not get out: what it is, the exact value, and the lines that carry it.

    `file` is the path of a file of its own, or empty where the lines go into a Python module.
    """

    group: str
    kind: str
    value: str
    lines: str
    file: str = ""


def _draw(dice: Dice, alphabet: str, length: int) -> str:
    return "".join(dice.pick(alphabet) for _ in range(length))


def _segment(data: dict[str, object]) -> str:
    raw = json.dumps(data, separators=(",", ":")).encode()
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def _jwt(dice: Dice) -> str:
    claims = {"sub": f"svc-{dice.randrange(10**6)}", "scope": "ledger:write", "iat": 1739000000}
    head = _segment({"alg": "HS256", "typ": "JWT"})
    return f"{head}.{_segment(claims)}.{_draw(dice, _ALNUM, 43)}"


def _pem(dice: Dice) -> str:
    body = base64.b64encode(dice.randbytes(1190)).decode()
    rows = "\n".join(body[start : start + 64] for start in range(0, len(body), 64))
    name = "RSA PRIVATE " + "KEY"
    return f"{'-' * 5}BEGIN {name}{'-' * 5}\n{rows}\n{'-' * 5}END {name}{'-' * 5}"


def _slack_bot(dice: Dice) -> str:
    left, right = _draw(dice, "123456789", 12), _draw(dice, "123456789", 13)
    return f"{'xo' + 'xb'}-{left}-{right}-{_draw(dice, _ALNUM, 24)}"


def _slack_hook(dice: Dice) -> str:
    upper = string.ascii_uppercase + string.digits
    team, hook = "T" + _draw(dice, upper, 10), "B" + _draw(dice, upper, 10)
    return f"https://hooks.slack.{'com/ser' + 'vices'}/{team}/{hook}/{_draw(dice, _ALNUM, 24)}"


def _url(scheme: str, user: str) -> Callable[[Dice], str]:
    return lambda dice: (
        f"{scheme}://{user}:{_draw(dice, _ALNUM, 18)}@db-2.harbour.example:5432/ledger"
    )


def _shaped(prefix: str, alphabet: str, length: int) -> Callable[[Dice], str]:
    return lambda dice: prefix + _draw(dice, alphabet, length)


_MAKERS: tuple[tuple[str, Callable[[Dice], str], str], ...] = (
    ("aws-access-token", _shaped("AK" + "IA", _BASE32, 16), "AWS_ACCESS_KEY_ID"),
    ("aws-secret-key", _shaped("", _ALNUM + "/+", 40), "AWS_SECRET_ACCESS_KEY"),
    ("github-pat", _shaped("gh" + "p_", _ALNUM, 36), "GITHUB_TOKEN"),
    ("github-fine-grained-pat", _shaped("github" + "_pat_", _ALNUM, 82), "RELEASE_TOKEN"),
    ("gitlab-pat", _shaped("gl" + "pat-", _ALNUM, 20), "MIRROR_TOKEN"),
    ("slack-bot-token", _slack_bot, "SLACK_TOKEN"),
    ("slack-webhook-url", _slack_hook, "ALERTS_HOOK"),
    ("stripe-access-token", _shaped("sk_" + "live_", _ALNUM, 24), "STRIPE_KEY"),
    ("private-key", _pem, "SIGNING_KEY"),
    ("jwt", _jwt, "SERVICE_JWT"),
    ("gcp-api-key", _shaped("AI" + "za", _ALNUM, 35), "MAPS_KEY"),
    ("npm-access-token", _shaped("np" + "m_", _LOWER, 36), "NPM_TOKEN"),
    (
        "sendgrid-api-token",
        lambda d: f"{'S' + 'G.'}{_draw(d, _ALNUM, 22)}.{_draw(d, _ALNUM, 43)}",
        "SENDGRID_API_KEY",
    ),
    ("database-url", _url("postgres" + "ql", "ledger_rw"), "DATABASE_URL"),
    ("password", _shaped("Kx9", _ALNUM, 15), "admin_password"),
    ("generic-api-key", _shaped("", _ALNUM, 40), "tides_api_key"),
    ("twilio-api-key", _shaped("S" + "K", _HEX, 32), "TWILIO_API_KEY"),
    ("pypi-upload-token", _shaped("pypi-" + "AgEIcHlwaS5vcmc", _ALNUM, 70), "TWINE_PASSWORD"),
    ("digitalocean-pat", _shaped("dop" + "_v1_", _HEX, 64), "DROPLET_TOKEN"),
    ("huggingface-access-token", _shaped("h" + "f_", string.ascii_letters, 34), "HUB_TOKEN"),
    ("shopify-access-token", _shaped("shp" + "at_", _HEX, 32), "SHOP_TOKEN"),
    (
        "grafana-service-account-token",
        lambda d: f"{'gl' + 'sa_'}{_draw(d, _ALNUM, 32)}_{_draw(d, _HEX, 8)}",
        "GRAFANA_TOKEN",
    ),
    ("linear-api-key", _shaped("lin_" + "api_", _LOWER, 40), "LINEAR_KEY"),
    (
        "new-relic-user-api-key",
        _shaped("NR" + "AK-", string.ascii_uppercase + string.digits, 27),
        "newrelic_key",
    ),
    ("github-pat", _shaped("gh" + "p_", _ALNUM, 36), "CLONE_TOKEN"),
    ("aws-access-token", _shaped("AK" + "IA", _BASE32, 16), "BACKUP_KEY_ID"),
    ("stripe-access-token", _shaped("sk_" + "live_", _ALNUM, 24), "REFUND_KEY"),
    ("slack-bot-token", _slack_bot, "OPS_BOT_TOKEN"),
    ("generic-api-key", _shaped("", _ALNUM, 40), "customs_api_key"),
    ("database-url", _url("mys" + "ql", "reports"), "REPORTS_URL"),
    ("gitlab-pat", _shaped("gl" + "pat-", _ALNUM, 20), "RUNNER_TOKEN"),
    ("jwt", _jwt, "PARTNER_JWT"),
)
_FILES = ("config/production.env", "deploy/values.yaml", "", "", "ops/settings.ini")


def secrets(seed: int) -> list[Planted]:
    """Return every planted credential; the same seed gives the same values."""
    made = []
    for number, (kind, maker, name) in enumerate(_MAKERS):
        value = maker(Dice(f"{seed}:secret:{number}"))
        file = "" if kind == "private-key" else _FILES[number % len(_FILES)]
        file = _FILES[0] if kind.startswith("aws-") else file
        made.append(Planted("secrets", kind, value, _carrier(name, value, file), file))
    return made


def _carrier(name: str, value: str, file: str) -> str:
    if "\n" in value:
        return f'\n\n{name} = """\\\n{value}\n"""\n'
    if file.endswith(".env"):
        return f"{name}={value}\n"
    if file.endswith(".yaml"):
        return f'{name.lower()}: "{value}"\n'
    if file:
        return f"{name.lower()} = {value}\n"
    return f'\n\n{name} = "{value}"\n'
