"""Country codes: ISO 3166-1 alpha-2, and what is written for them by mistake.

The 249 assigned codes of the ISO 3166 Maintenance Agency (https://www.iso.org/obp/ui/#search).
``XK`` is user-assigned; it is what the European Commission and many payrolls write for Kosovo.
"""

ASSIGNED_TEXT = (
    "AD AE AF AG AI AL AM AO AQ AR AS AT AU AW AX AZ BA BB BD BE BF BG BH BI BJ BL BM BN BO BQ BR "
    "BS BT BV BW BY BZ CA CC CD CF CG CH CI CK CL CM CN CO CR CU CV CW CX CY CZ DE DJ DK DM DO DZ "
    "EC EE EG EH ER ES ET FI FJ FK FM FO FR GA GB GD GE GF GG GH GI GL GM GN GP GQ GR GS GT GU GW "
    "GY HK HM HN HR HT HU ID IE IL IM IN IO IQ IR IS IT JE JM JO JP KE KG KH KI KM KN KP KR KW KY "
    "KZ LA LB LC LI LK LR LS LT LU LV LY MA MC MD ME MF MG MH MK ML MM MN MO MP MQ MR MS MT MU MV "
    "MW MX MY MZ NA NC NE NF NG NI NL NO NP NR NU NZ OM PA PE PF PG PH PK PL PM PN PR PS PT PW PY "
    "QA RE RO RS RU RW SA SB SC SD SE SG SH SI SJ SK SL SM SN SO SR SS ST SV SX SY SZ TC TD TF TG "
    "TH TJ TK TL TM TN TO TR TT TV TW TZ UA UG UM US UY UZ VA VC VE VG VI VN VU WF WS YE YT ZA ZM "
    "ZW"
)
ASSIGNED = frozenset(ASSIGNED_TEXT.split())
USER_ASSIGNED = frozenset({"XK"})
MEANT = {
    "UK": "GB", "EL": "GR", "USA": "US", "GBR": "GB", "DEU": "DE", "GER": "DE", "FRA": "FR",
    "IND": "IN", "CAN": "CA", "CHN": "CN", "JPN": "JP", "IRL": "IE", "POL": "PL", "NLD": "NL",
    "ESP": "ES", "ITA": "IT", "SWE": "SE", "CHE": "CH", "AUT": "AT", "AUS": "AU", "BRA": "BR",
}  # fmt: skip


def is_country(code: str) -> bool:
    """Whether `code`, in capitals, is a country's."""
    return code in ASSIGNED or code in USER_ASSIGNED


def meant_country(text: str) -> str | None:
    """The code that a common other spelling stands for, or None."""
    return MEANT.get(text.upper())
