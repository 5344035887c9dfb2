"""Names and codes of states and countries, as both vendors' users write them (ISO 3166)."""

from __future__ import annotations

_STATES = """
AL Alabama, AK Alaska, AZ Arizona, AR Arkansas, CA California, CO Colorado, CT Connecticut, DE Delaware,
DC District of Columbia, FL Florida, GA Georgia, HI Hawaii, ID Idaho, IL Illinois, IN Indiana, IA Iowa, KS Kansas,
KY Kentucky, LA Louisiana, ME Maine, MD Maryland, MA Massachusetts, MI Michigan, MN Minnesota, MS Mississippi,
MO Missouri, MT Montana, NE Nebraska, NV Nevada, NH New Hampshire, NJ New Jersey, NM New Mexico, NY New York,
NC North Carolina, ND North Dakota, OH Ohio, OK Oklahoma, OR Oregon, PA Pennsylvania, RI Rhode Island,
SC South Carolina, SD South Dakota, TN Tennessee, TX Texas, UT Utah, VT Vermont, VA Virginia, WA Washington,
WV West Virginia, WI Wisconsin, WY Wyoming, PR Puerto Rico, GU Guam, VI Virgin Islands,
AB Alberta, BC British Columbia, MB Manitoba, NB New Brunswick, NL Newfoundland and Labrador, NS Nova Scotia,
NT Northwest Territories, NU Nunavut, ON Ontario, PE Prince Edward Island, QC Quebec, QC Québec, SK Saskatchewan,
YT Yukon,
ACT Australian Capital Territory, NSW New South Wales, NT Northern Territory, QLD Queensland, SA South Australia,
TAS Tasmania, VIC Victoria, WA Western Australia
"""
_COUNTRIES = """
US United States, US United States of America, US USA, CA Canada, AU Australia, NZ New Zealand, GB United Kingdom,
GB Great Britain, GB England, GB Scotland, GB Wales, GB UK, IE Ireland, MX Mexico, DE Germany, FR France, ES Spain,
IT Italy, NL Netherlands, BE Belgium, CH Switzerland, AT Austria, DK Denmark, SE Sweden, NO Norway, FI Finland,
PL Poland, PT Portugal, JP Japan, CN China, IN India, SG Singapore, HK Hong Kong, AE United Arab Emirates,
SA Saudi Arabia, QA Qatar, ZA South Africa, BR Brazil, PH Philippines, MY Malaysia
"""
_COUNTRY_CODES = """
AD AE AF AG AI AL AM AO AQ AR AS AT AU AW AX AZ BA BB BD BE BF BG BH BI BJ BL BM BN BO BQ BR BS BT BV BW BY BZ CA CC CD
CF CG CH CI CK CL CM CN CO CR CU CV CW CX CY CZ DE DJ DK DM DO DZ EC EE EG EH ER ES ET FI FJ FK FM FO FR GA GB GD GE GF
GG GH GI GL GM GN GP GQ GR GS GT GU GW GY HK HM HN HR HT HU ID IE IL IM IN IO IQ IR IS IT JE JM JO JP KE KG KH KI KM KN
KP KR KW KY KZ LA LB LC LI LK LR LS LT LU LV LY MA MC MD ME MF MG MH MK ML MM MN MO MP MQ MR MS MT MU MV MW MX MY MZ NA
NC NE NF NG NI NL NO NP NR NU NZ OM PA PE PF PG PH PK PL PM PN PR PS PT PW PY QA RE RO RS RU RW SA SB SC SD SE SG SH SI
SJ SK SL SM SN SO SR SS ST SV SX SY SZ TC TD TF TG TH TJ TK TL TM TN TO TR TT TV TW TZ UA UG UM US UY UZ VA VC VE VG VI
VN VU WF WS YE YT ZA ZM ZW
"""


def _by_name(table: str) -> dict[str, str]:
    entries = [entry.strip().partition(" ") for entry in table.replace("\n", " ").split(",")]
    return {name.casefold(): code for code, _, name in entries} | {code.casefold(): code for code, _, _ in entries}


STATES = _by_name(_STATES)
"""State or province, name or code in lower case -> code; United States, Canada, Australia."""

COUNTRIES = {code.casefold(): code for code in _COUNTRY_CODES.split()} | _by_name(_COUNTRIES)
"""Country, name or code in lower case -> ISO 3166-1 alpha-2 code."""
