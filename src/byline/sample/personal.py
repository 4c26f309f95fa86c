"""Invented personal data of the kinds that slip into code, comments and commit messages.

Numbers carry right check digits (Luhn: ISO/IEC 7812-1; IBAN: ISO 13616) so that detectors fire;
names, addresses and numbers belong to nobody we know of.
"""

from byline.sample.dice import Dice
from byline.sample.secrets import Planted

_STREETS = ("Alder Street", "Kaistrasse", "Mariner Way", "ul. Portowa", "Lombard Row")
CUSTOMERS = (
    "Eleanor Bramhall",
    "Henrik Sundqvist",
    "Adaeze Nwosu",
    "Giorgio Bellandi",
    "Marianne Lefevre",
    "Tobias Rennert",
    "Kinga Sobczak",
    "Sanjay Mahadevan",
)


def luhn(digits: str) -> str:
    """Return the digits with their Luhn check digit appended."""
    total = 0
    for place, digit in enumerate(reversed(digits)):
        number = int(digit) * (2 if place % 2 == 0 else 1)
        total += number - 9 if number > 9 else number
    return digits + str(-total % 10)


def iban(country: str, account: str) -> str:
    """Return an IBAN with right check digits for a numeric account part."""
    letters = "".join(str(ord(letter) - 55) for letter in country)
    check = 98 - int(f"{account}{letters}00") % 97
    return f"{country}{check:02d}{account}"


def _digits(dice: Dice, length: int) -> str:
    return "".join(str(dice.randrange(10)) for _ in range(length))


def _address(dice: Dice) -> str:
    return f"{dice.randrange(10, 990)} {dice.pick(_STREETS)}, Astoria, OR 97103"


def _public_address(dice: Dice) -> str:
    first, rest = dice.pick((81, 93, 151, 185)), [dice.randrange(1, 250) for _ in range(3)]
    return ".".join(map(str, [first, *rest]))


def _email(dice: Dice, name: str) -> str:
    first, last = name.lower().split()
    return f"{first}.{last}{dice.randrange(60, 99)}@fastmail.example"


def _rows(dice: Dice) -> list[tuple[str, str, str]]:
    rows = [
        ("email", _email(dice, name), "# reported by {}, answer before Friday")
        for name in CUSTOMERS
    ]
    phones = [
        f"+1 503 555 {_digits(dice, 4)}",
        f"+49 40 {_digits(dice, 8)}",
        f"+48 58 {_digits(dice, 3)} {_digits(dice, 4)}",
    ]
    phones.append(f"(206) 555-{_digits(dice, 4)}")
    rows += [("phone", value, "# call {} if the batch stops at night") for value in phones]
    rows += [
        ("iban", iban("DE", _digits(dice, 18)), 'REFUND_ACCOUNT = "{}"'),
        ("iban", iban("PL", _digits(dice, 24)), "# test transfer went to {}"),
        ("iban", iban("DE", _digits(dice, 18)), 'PILOT_DUES = "{}"'),
    ]
    rows += [("credit-card", luhn("4" + _digits(dice, 14)), 'SAMPLE_CARD = "{}"') for _ in range(3)]
    rows += [("ip-address", _public_address(dice), 'FALLBACK_HOST = "{}"') for _ in range(3)]
    rows += [("person-name", name, "# {} owes us the tariff table") for name in CUSTOMERS[:4]]
    rows += [
        ("colleague-name", "Hanna Krüger", "# ask {} before touching this"),
        ("colleague-name", "Desmond Clarke", "# {} thinks this never happens; it did on Monday"),
        ("colleague-name", "Leah Whitcombe", "# workaround by {} for the demo"),
    ]
    rows += [("address", _address(dice), "# deliver the token printer to {}") for _ in range(3)]
    rows.append(
        (
            "us-ssn",
            f"{dice.randrange(501, 649)}-{dice.randrange(20, 89)}-{_digits(dice, 4)}",
            '# do not log: the form sent us "{}"',
        )
    )
    rows.append(("birth-date", "born 14 March 1987", "# crew record: {} in Gdynia"))
    return rows


def personal_data(seed: int) -> list[Planted]:
    """Return every planted item of personal data; the same seed gives the same values."""
    dice = Dice(f"{seed}:personal")
    return [
        Planted("personal_data", kind, value, "\n\n" + form.format(value) + "\n")
        for kind, value, form in _rows(dice)
    ]
