"""Checksums of identifiers: what tells a number from an identifier that someone was given.

Sources: ISO 7064 / ISO 13616 (IBAN, mod 97), ISO/IEC 7812-1 annex B (Luhn), the SWIFT IBAN registry
(lengths by country), and the issuer ranges that card schemes publish.
"""

from typing import Final

IBAN_LENGTHS: Final = {
    **dict.fromkeys(("NO",), 15),
    **dict.fromkeys(("BE",), 16),
    **dict.fromkeys(("DK", "FI", "FK", "FO", "GL", "NL", "SD"), 18),
    **dict.fromkeys(("MK", "SI"), 19),
    **dict.fromkeys(("AT", "BA", "EE", "KZ", "LT", "LU", "MN", "XK"), 20),
    **dict.fromkeys(("CH", "CR", "HR", "LI", "LV"), 21),
    **dict.fromkeys(("BG", "BH", "DE", "GB", "GE", "IE", "ME", "RS", "VA"), 22),
    **dict.fromkeys(("AE", "GI", "IL", "IQ", "OM", "SO", "TL"), 23),
    **dict.fromkeys(("AD", "CZ", "ES", "MD", "PK", "RO", "SA", "SE", "SK", "TN", "VG"), 24),
    **dict.fromkeys(("LY", "PT", "ST"), 25),
    **dict.fromkeys(("IS", "TR"), 26),
    **dict.fromkeys(("BI", "DJ", "FR", "GR", "IT", "MC", "MR", "SM"), 27),
    **dict.fromkeys(("AL", "AZ", "BY", "CY", "DO", "GT", "HN", "HU", "LB", "NI", "PL", "SV"), 28),
    **dict.fromkeys(("BR", "EG", "PS", "QA", "UA"), 29),
    **dict.fromkeys(("JO", "KW", "MU", "YE"), 30),
    **dict.fromkeys(("MT", "SC"), 31),
    **dict.fromkeys(("LC",), 32),
    **dict.fromkeys(("RU",), 33),
}
"""Characters of an IBAN by country code."""


def is_iban(value: str) -> bool:
    """Whether `value`, spaces aside, is an IBAN: known country, its length, and mod 97 = 1."""
    compact = value.replace(" ", "")
    if IBAN_LENGTHS.get(compact[:2]) != len(compact) or not compact.isascii():
        return False
    digits = "".join(str(int(one, 36)) for one in compact[4:] + compact[:4] if one.isalnum())
    return int(digits) % 97 == 1


def passes_luhn(digits: str) -> bool:
    """Whether a string of decimal digits satisfies the Luhn formula."""
    total = 0
    for place, digit in enumerate(reversed(digits)):
        number = int(digit) * (2 if place % 2 else 1)
        total += number - 9 if number > 9 else number
    return total % 10 == 0


def is_card_number(digits: str) -> bool:
    """Whether decimal `digits` are a payment card number: a scheme's range and length, and Luhn."""
    return _in_issuer_range(digits) and len(set(digits)) > 1 and passes_luhn(digits)


def _in_issuer_range(digits: str) -> bool:
    """Visa, Mastercard, American Express, Discover, Diners Club, JCB, UnionPay and Maestro."""
    length, two, four = len(digits), int(digits[:2]), int(digits[:4])
    if digits[0] == "4":
        return length in (13, 16, 19)
    if two in (34, 37):
        return length == 15
    if two in (36, 38) or 3000 <= four <= 3059:
        return length == 14
    sixteen = 51 <= two <= 55 or 2221 <= four <= 2720 or 3528 <= four <= 3589
    discover = four == 6011 or two == 65 or 6440 <= four <= 6499
    return length == 16 and (sixteen or discover or two == 62 or four in (5018, 5020, 5038, 6304))


def is_social_security_number(value: str) -> bool:
    """Whether ``AAA-GG-SSSS`` could have been issued (SSA: no area 000, 666 or 9xx, no zero group).

    The numbers that advertisements made famous are nobody's.
    """
    area, group, serial = value.split("-")
    issued = area not in {"000", "666"} and area[0] != "9" and group != "00" and serial != "0000"
    return issued and value not in {"078-05-1120", "219-09-9999", "123-45-6789"}
