"""ISO 3166 codes of countries, and of the subdivisions of the countries whose codes Procore checks."""

from __future__ import annotations

_COUNTRIES = (
    "AD AE AF AG AI AL AM AO AQ AR AS AT AU AW AX AZ BA BB BD BE BF BG BH BI BJ BL BM BN BO BQ BR BS BT BV BW BY BZ CA "
    "CC CD CF CG CH CI CK CL CM CN CO CR CU CV CW CX CY CZ DE DJ DK DM DO DZ EC EE EG EH ER ES ET FI FJ FK FM FO FR GA "
    "GB GD GE GF GG GH GI GL GM GN GP GQ GR GS GT GU GW GY HK HM HN HR HT HU ID IE IL IM IN IO IQ IR IS IT JE JM JO JP "
    "KE KG KH KI KM KN KP KR KW KY KZ LA LB LC LI LK LR LS LT LU LV LY MA MC MD ME MF MG MH MK ML MM MN MO MP MQ MR MS "
    "MT MU MV MW MX MY MZ NA NC NE NF NG NI NL NO NP NR NU NZ OM PA PE PF PG PH PK PL PM PN PR PS PT PW PY QA RE RO RS "
    "RU RW SA SB SC SD SE SG SH SI SJ SK SL SM SN SO SR SS ST SV SX SY SZ TC TD TF TG TH TJ TK TL TM TN TO TR TT TV TW "
    "TZ UA UG UM US UY UZ VA VC VE VG VI VN VU WF WS YE YT ZA ZM ZW"
)
COUNTRIES = frozenset(_COUNTRIES.split())
_STATES = {
    "US": "AL AK AZ AR CA CO CT DE FL GA HI ID IL IN IA KS KY LA ME MD MA MI MN MS MO MT NE NV NH NJ NM NY NC ND OH OK "
    "OR PA RI SC SD TN TX UT VT VA WA WV WI WY DC AS GU MP PR UM VI",
    "CA": "AB BC MB NB NL NS NT NU ON PE QC SK YT",
}
STATES = {country: frozenset(codes.split()) for country, codes in _STATES.items()}


def country(value: object) -> str:
    """A country's code. Raises `ValueError`."""
    if str(value) not in COUNTRIES:
        raise ValueError("is not a valid ISO 3166-1 alpha-2 country code")
    return str(value)


def state(value: object) -> str:
    """The form of a state's code: two or three capital letters or digits. Raises `ValueError`."""
    text = str(value)
    if not (2 <= len(text) <= 3 and text.isascii() and text.isalnum() and text.upper() == text):
        raise ValueError("is not a valid ISO 3166-2 state code")
    return text


def is_state_of(country_code: str | None, state_code: str) -> bool:
    """Whether a country has that state; no country is read as the United States."""
    known = STATES.get(country_code or "US")
    return known is None or state_code in known
