"""Secrets of many types, assembled at run time so that no scanner finds one in this file."""

import base64
import random
import string

ALNUM = string.ascii_letters + string.digits
HEX = "0123456789abcdef"


def planted(seed=7):
    """Kind -> (text around and with the secret, the secret)."""
    dice = random.Random(seed)

    def draw(count, alphabet=ALNUM):
        return "".join(dice.choice(alphabet) for _ in range(count))

    def block(label):
        body = "\n".join(draw(64, ALNUM + "+/") for _ in range(9))
        dashes = "-" * 5
        return f"{dashes}BEGIN {label}{dashes}\n{body}\n{dashes}END {label}{dashes}"

    secrets = {
        "aws-id": ('key = "{}"', "AK" + "IA" + draw(16, string.ascii_uppercase[:26] + "234567")),
        "aws-secret": ('aws_secret_access_key = "{}"', draw(40, ALNUM + "/+")),
        "github": ('t = "{}"', "gh" + "p_" + draw(36)),
        "github-fine": ('t = "{}"', "github" + "_pat_" + draw(22) + "_" + draw(59)),
        "gitlab": ('t = "{}"', "gl" + "pat-" + draw(20)),
        "slack": (
            't = "{}"',
            "xo" + "xb-" + draw(12, string.digits) + "-" + draw(12, string.digits) + "-" + draw(24),
        ),
        "stripe": ('k = "{}"', "sk_" + "live_" + draw(24)),
        "google": ('k = "{}"', "AI" + "za" + draw(35)),
        "npm": ("//registry.npmjs.org/:_authToken={}", "np" + "m_" + draw(36)),
        "sendgrid": ('k = "{}"', "S" + "G." + draw(22) + "." + draw(43)),
        "twilio": ('sid = "{}"', "S" + "K" + draw(32, HEX)),
        "telegram": ('bot = "{}"', draw(9, "123456789") + ":A" + "A" + draw(33)),
        "mailgun": ("{}", "ke" + "y-" + draw(32, HEX)),
        "jwt": (
            't = "{}"',
            "ey"
            + base64.urlsafe_b64encode(b'{"alg":"HS256","typ":"JWT"}').decode()[2:].rstrip("=")
            + "."
            + base64.urlsafe_b64encode(b'{"sub":"1234567890","name":"A"}').decode().rstrip("=")
            + "."
            + draw(43),
        ),
        "pem-rsa": ("{}", block("RSA " + "PRIVATE KEY")),
        "pem-openssh": ("{}", block("OPENSSH " + "PRIVATE KEY")),
        "pem-plain": ("{}", block("PRIVATE " + "KEY")),
        "pgp": ("{}", block("PGP " + "PRIVATE KEY BLOCK")),
        "pem-escaped": ('k = "{}"', block("PRIVATE " + "KEY").replace("\n", "\\n")),
        "postgres-url": ("DATABASE_URL=postgresql://app:{}@db.internal:5432/main", draw(14)),
        "redis-url": ("redis://:{}@10.0.0.1:6379/0", draw(20)),
        "git-url": ("https://bob:{}@git.corp.net/x.git", draw(16)),
        "password": ('password = "{}"', draw(11) + "7!"),
        "password-words": ('DB_PASSWORD = "{}"', "Tr0ub4dor" + "&3zebra"),
        "password-yaml": ("  password: {}", draw(9) + "k7$"),
        "password-json": ('"db_password": "{}"', "Winter" + "2024!Oslo"),
        "password-call": ('connection.set_password("{}")', draw(12) + "q4"),
        "password-keyword": ("connect(user='y', password='{}')", draw(10) + "q4"),
        "netrc": ("machine git.corp.net login bob password {}", draw(16)),
        "django": (
            "SECRET_KEY = '{}'",
            "django-" + "insecure-" + draw(38, ALNUM + "!@#$%^&*(-_=+)"),
        ),
        "flask": ("app.secret_key = '{}'", draw(32, HEX)),
        "bearer": ("Authorization: Bearer {}", draw(40)),
        "basic": (
            "Authorization: Basic {}",
            base64.b64encode(f"alice:{draw(14)}".encode()).decode(),
        ),
        "token": ('internal_api_token = "{}"', draw(32)),
        "token-environment": ("DEPLOY_TOKEN={}", draw(32)),
        "connection": ("Server=x.database.example;User ID=sa;Password={};", draw(12) + "x4!"),
        "bcrypt": ("admin:{}", "$2" + "b$12$" + draw(53, ALNUM + "./")),
    }
    return {kind: (shape.replace("{}", value), value) for kind, (shape, value) in secrets.items()}
