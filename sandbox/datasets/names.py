"""Company names as they are found in real directories: untidy, alike, and each a different company."""

from __future__ import annotations

import re
import unicodedata
from random import Random

from sandbox.datasets.model import Place
from sandbox.datasets.trades import TRADES


def _listed(names: str) -> tuple[str, ...]:
    return tuple(names.split(","))


SURNAMES = _listed(
    "Abernathy,Alvarado,Archuleta,Bauer,Beckett,Bjork,Blackwood,Bledsoe,Brandt,Cabrera,Calloway,Castañeda,Chavez,"
    "Colburn,Conrad,Crowell,Dávila,Dawson,DeVries,Dunmore,Eastman,Ellison,Espinoza,Fairbanks,Farrell,Fischer,"
    "Fontaine,Gallegos,Garrity,Gómez,Granger,Grüber,Hallström,Harmon,Hawley,Hendricks,Herrera,Holloway,Ibáñez,"
    "Ingram,Jansen,Jaramillo,Kaufman,Keller,Kowalski,Krüger,Lachance,Larkin,Lindqvist,Lockhart,Lucero,MacLeod,"
    "Madsen,Maestas,Márquez,McKenna,Meier,Montoya,Muñoz,Nakamura,Nguyen,Norwood,Nygaard,O'Brien,O'Dell,O'Rourke,"
    "Ochoa,Olson,Ortega,Padilla,Pemberton,Peña,Pettigrew,Quintana,Radcliffe,Ramírez,Redmond,Rhodes,Romero,"
    "Sandoval,Schäfer,Schultz,Sedlak,Seifert,Sheridan,Sørensen,Stafford,Tafoya,Talbot,Thibodeau,Trujillo,Ulrich,"
    "Valdez,Van-Horn,Vogel,Wagner,Weatherby,Whitaker,Yamamoto,Yoder,Zamora,Zeller"
)
PLACES = _listed(
    "Front Range,High Plains,Mile High,Rocky Mountain,Pikes Peak,Platte Valley,Columbine,Aspen,Bighorn,Continental,"
    "Centennial,Western Slope,Red Rocks,Sangre de Cristo,Bluebird,Summit,Frontier,Great Plains,Arapaho,Cottonwood,"
    "Long's Peak,Silver Creek,Timberline,Mesa Verde,Prairie,Copper Canyon"
)
LEGAL_FORMS = (
    " Inc",
    " Inc.",
    ", Inc.",
    " LLC",
    ", LLC",
    " L.L.C.",
    " Co.",
    " Corp.",
    " Company",
    "",
    "",
    " LP",
    ", Ltd.",
)
PATTERNS = (
    "{a} {trade}{form}",
    "{a} {trade}{form}",
    "{place} {trade}{form}",
    "{place} {trade}{form}",
    "{a} & Sons {trade}{form}",
    "{a} and Daughters {trade}{form}",
    "{a} & {b} {trade}{form}",
    "{a} and {b} {trade}{form}",
    "The {a} {trade} Company",
    "{a} Brothers {trade}{form}",
    "{i}.{j}. {a} {trade}{form}",
    "{a}-{b} {trade}{form}",
    "{a}'s {trade}{form}",
)
TOWNS = (
    ("Denver", "CO", "80216"),
    ("Aurora", "CO", "80011"),
    ("Lakewood", "CO", "80214"),
    ("Commerce City", "CO", "80022"),
    ("Fort Collins", "CO", "80524"),
    ("Greeley", "CO", "80631"),
    ("Colorado Springs", "CO", "80907"),
    ("Pueblo", "CO", "81003"),
    ("Grand Junction", "CO", "81501"),
    ("Cheyenne", "WY", "82001"),
    ("Kearney", "NE", "68847"),
    ("Omaha", "NE", "68127"),
    ("Phoenix", "AZ", "85043"),
    ("Albuquerque", "NM", "87107"),
    ("Salt Lake City", "UT", "84104"),
    ("Longmont", "CO", "80501"),
)
STREETS = _listed(
    "Brighton Blvd,Federal Blvd,E 48th Ave,Santa Fe Dr,Industrial Way,Quebec St,Colfax Ave,County Road 12,Ivy St"
)
AREA_CODES = ("303", "720", "970", "719", "307", "308", "402", "602", "505", "801")
PHONE_FORMATS = (
    "({0}) {1}-{2}",
    "({0}) {1}-{2}",
    "{0}-{1}-{2}",
    "{0}.{1}.{2}",
    "{0}{1}{2}",
    "+1 {0} {1} {2}",
    "1-{0}-{1}-{2}",
    "({0}) {1}-{2} x14",
)
_LEGAL = re.compile(r"\b(inc|llc|l l c|co|corp|company|lp|ltd|the)\b")


def plain(name: str) -> str:
    """A name without accents, case, punctuation and legal form, & as 'and': what makes two names look the same."""
    letters = unicodedata.normalize("NFKD", name.replace("ø", "o").replace("&", " and "))
    ascii_only = letters.encode("ascii", "ignore").decode().lower()
    words = re.sub(r"[^a-z0-9]+", " ", ascii_only.replace("'", ""))
    return " ".join(_LEGAL.sub(" ", words).split())


def tidy(name: str) -> str:
    """A name without accents and punctuation, as a mail address or web address has it."""
    return plain(name).replace(" ", "")[:40] or "office"


def company_name(rng: Random, trade: str, taken: set[str]) -> str:
    """A name that is not like any in `taken` (of `plain` names), to which it is added."""
    for attempt in range(200):
        name = _draw(rng, trade) + (f" of {rng.choice(TOWNS)[0]}" if attempt > 20 else "")
        if plain(name) not in taken:
            break
    taken.add(plain(name))
    return _untidy(rng, name)


def _draw(rng: Random, trade: str) -> str:
    a, b = rng.sample(SURNAMES, 2)
    return rng.choice(PATTERNS).format(
        a=a,
        b=b,
        i=rng.choice("ABCDEGHJKLMRSTW"),
        j=rng.choice("ABCDEGHJKLMRSTW"),
        place=rng.choice(PLACES),
        trade=rng.choice(TRADES[trade].words),
        form=rng.choice(LEGAL_FORMS),
    )


def _untidy(rng: Random, name: str) -> str:
    """One name in twenty was typed with a double space, one in thirty in capitals."""
    if rng.random() < 0.05:
        return name.replace(" ", "  ", 1)
    return name.upper() if rng.random() < 0.033 else name


def place(rng: Random) -> Place:
    """An address in the West; one ZIP in six has nine digits."""
    city, state, zip_code = rng.choice(TOWNS)
    plus_four = f"-{rng.randint(1000, 9899)}" if rng.random() < 0.16 else ""
    return Place(f"{rng.randint(100, 9800)} {rng.choice(STREETS)}", city, state, zip_code + plus_four)


def phone(number: int, style: int) -> str:
    """The n-th telephone number, every n another one, in one of several ways to write it."""
    area = AREA_CODES[number % len(AREA_CODES)]
    line = f"{100 + number // len(AREA_CODES):04d}"
    return PHONE_FORMATS[style % len(PHONE_FORMATS)].format(area, "555", line)
