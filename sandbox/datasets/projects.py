"""The projects: a dozen by hand, and more of their kind for larger scales."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from random import Random

from sandbox.datasets.model import Place, Project

LONG_PROJECT_NAME = (
    "City and County of Broomfield Department of Public Works Lift Station No. 7 Rehabilitation, Wet Well Lining and "
    "Force Main Replacement"
)
BY_HAND: tuple[tuple[str, str, str, str, str, int, str], ...] = (
    (
        "24-017",
        "Cherry Creek Elementary School Addition",
        "Denver|CO|80247",
        "America/Denver",
        "2025-06-02",
        17,
        "14.2",
    ),
    ("24-021", "Platte Valley Medical Clinic", "Brighton|CO|80601", "America/Denver", "2025-07-14", 15, "9.8"),
    ("25-002", "I-76 Logistics Warehouse", "Commerce City|CO|80022", "America/Denver", "2025-08-04", 14, "21.5"),
    ("25-004", "The Foundry Apartments – Phase 2", "Denver|CO|80205", "America/Denver", "2025-09-08", 20, "33.0"),
    ("25-008", "Bear Creek Pedestrian Bridge", "Lakewood|CO|80227", "America/Denver", "2025-10-06", 12, "4.6"),
    ("25-011", "Muñoz Branch Library", "Phoenix|AZ|85043", "America/Phoenix", "2025-11-03", 14, "7.4"),
    (
        "25-014",
        "Platte River Middle School HVAC Retrofit",
        "Kearney|NE|68847",
        "America/Chicago",
        "2026-01-12",
        11,
        "3.9",
    ),
    ("26-001", LONG_PROJECT_NAME, "Broomfield|CO|80020", "America/Denver", "2026-02-02", 12, "6.1"),
    ("26-003", "Aurora Fire Station 19", "Aurora|CO|80019", "America/Denver", "2026-03-09", 13, "8.8"),
    ("26-006", "Cheyenne Data Hall", "Cheyenne|WY|82007", "America/Denver", "2026-05-11", 16, "27.0"),
    ("24-009", "Old Town Parking Garage", "Fort Collins|CO|80524", "America/Denver", "2025-05-26", 10, "11.3"),
    ("26-008", "Ridgeline Residence (Confidential)", "Boulder|CO|80302", "America/Denver", "2026-06-15", 12, "5.2"),
)
"""Number, name, place, time zone, start, months, value in millions of US dollars."""

SPECIALS: dict[str, dict[str, tuple[str, ...] | bool]] = {
    "26-003": {"sub_jobs": ("Station", "Training Tower")},
    "26-006": {"segments": ("Shell", "Fit-out")},
    "24-009": {"active": False},
    "26-008": {"permitted": False},
}
"""Sub jobs switched on, a custom WBS segment, an inactive project, and one that the app may not see."""

KINDS = ("Elementary School", "Medical Clinic", "Distribution Center", "Apartments", "Fire Station", "Creek Bridge")
SITES = (
    "Alameda",
    "Baseline",
    "Chatfield",
    "Dillon",
    "Eldorado",
    "Fairplay",
    "Golden",
    "Highland",
    "Iliff",
    "Johnstown",
    "Kiowa",
    "Louviers",
    "Morrison",
    "Niwot",
    "Orchard",
    "Palmer",
    "Quincy",
    "Redstone",
    "Sedalia",
    "Todd Creek",
    "Ute",
    "Vail",
    "Wellington",
    "Yuma",
)


def _street(index: int) -> str:
    return f"{100 + 37 * index} Main St"


def _project(index: int, row: tuple[str, str, str, str, str, int, str]) -> Project:
    number, name, place, time_zone, start, months, millions = row
    begun = date.fromisoformat(start)
    return Project(
        number=number,
        name=name,
        place=Place(_street(index), *place.split("|")),
        time_zone=time_zone,
        start=begun,
        finish=begun + timedelta(days=30 * months),
        value=Decimal(millions) * 1_000_000,
    )


def by_hand() -> tuple[Project, ...]:
    """The dozen projects of scale 1."""
    plain = (_project(index, row) for index, row in enumerate(BY_HAND))
    return tuple(replace(project, **SPECIALS.get(project.number, {})) for project in plain)  # type: ignore[arg-type]


def more(rng: Random, block: int) -> tuple[Project, ...]:
    """Another dozen: the same kinds of work at other places."""
    return tuple(_another(rng, block, index, project) for index, project in enumerate(by_hand()))


def _another(rng: Random, block: int, index: int, like: Project) -> Project:
    number = f"{like.number[:2]}-{100 * block + index + 100:03d}"
    name = f"{rng.choice(SITES)} {rng.choice(KINDS)} {number[3:]}"
    place = replace(like.place, street=_street(12 * block + index))
    days = timedelta(days=rng.randint(-6, 20))
    return replace(
        like,
        number=number,
        name=name,
        place=place,
        start=like.start + days,
        active=True,
        permitted=True,
        sub_jobs=(),
        segments=(),
    )
