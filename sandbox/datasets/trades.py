"""What each trade calls itself, which cost codes it works on, and what a unit of that work costs."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal


@dataclass(frozen=True)
class Trade:
    """`words` end a company's name; `codes` are its cost codes; `title` names its commitments."""

    words: tuple[str, ...]
    codes: tuple[str, ...]
    title: str


SUBCONTRACT_TRADES: dict[str, Trade] = {
    "demolition": Trade(("Demolition", "Wrecking", "Environmental"), ("02-410", "02-820"), "Selective demolition"),
    "concrete": Trade(
        ("Concrete", "Concrete Construction", "Flatwork"),
        ("03-100", "03-200", "03-300", "03-350"),
        "Structural concrete",
    ),
    "masonry": Trade(("Masonry", "Brick & Stone", "Stoneworks"), ("04-200", "04-400", "04-010"), "Unit masonry"),
    "steel": Trade(
        ("Steel Erectors", "Ironworks", "Structural Steel"),
        ("05-120", "05-210", "05-310", "05-510", "05-520"),
        "Structural and miscellaneous steel",
    ),
    "carpentry": Trade(("Carpentry", "Woodworks", "Framing"), ("06-100", "06-200", "06-400"), "Carpentry and millwork"),
    "roofing": Trade(("Roofing", "Roofing & Sheet Metal"), ("07-500", "07-600", "07-210"), "Membrane roofing"),
    "waterproofing": Trade(
        ("Waterproofing", "Restoration"), ("07-100", "07-920", "07-840"), "Waterproofing and joint sealants"
    ),
    "doors": Trade(("Door & Hardware", "Openings"), ("08-110", "08-710", "08-330"), "Doors, frames and hardware"),
    "glass": Trade(
        ("Glass", "Glazing", "Architectural Glass"), ("08-410", "08-440", "08-800"), "Storefront and glazing"
    ),
    "drywall": Trade(("Drywall", "Interiors", "Wall Systems"), ("09-210", "07-210"), "Framing and drywall"),
    "tile": Trade(("Tile", "Tile & Stone"), ("09-300", "03-540"), "Ceramic and stone tile"),
    "ceilings": Trade(("Acoustics", "Ceilings"), ("09-510",), "Acoustical ceilings"),
    "flooring": Trade(("Flooring", "Floor Coverings"), ("09-650", "09-680", "03-540"), "Resilient flooring and carpet"),
    "painting": Trade(("Painting", "Coatings", "Painting & Decorating"), ("09-900",), "Painting and coating"),
    "specialties": Trade(("Specialties", "Sign"), ("10-140", "10-210", "10-280", "10-440"), "Building specialties"),
    "kitchen": Trade(("Food Service", "Kitchen Equipment"), ("11-400",), "Food service equipment"),
    "elevators": Trade(("Elevator", "Vertical Transport"), ("14-200",), "Elevators"),
    "sprinkler": Trade(("Fire Protection", "Fire Sprinkler"), ("21-130", "21-300"), "Fire sprinkler system"),
    "plumbing": Trade(
        ("Plumbing", "Plumbing & Heating", "Mechanical"), ("22-110", "22-130", "22-400", "22-600"), "Plumbing"
    ),
    "hvac": Trade(
        ("Heating & Air", "Sheet Metal", "Mechanical Contractors"), ("23-050", "23-310", "23-740", "23-590"), "HVAC"
    ),
    "controls": Trade(("Controls", "Building Automation"), ("23-090", "23-590"), "Building controls"),
    "electrical": Trade(
        ("Electric", "Electrical", "Electrical Services"),
        ("26-050", "26-200", "26-240", "26-510", "26-560"),
        "Electrical work",
    ),
    "low_voltage": Trade(
        ("Communications", "Security Systems"), ("27-100", "27-410", "28-100", "28-310"), "Low voltage"
    ),
    "earthwork": Trade(
        ("Excavating", "Earthworks", "Grading"), ("31-100", "31-220", "31-230", "31-250"), "Earthwork and grading"
    ),
    "paving": Trade(("Paving", "Asphalt"), ("32-120", "32-130"), "Asphalt and concrete paving"),
    "fence": Trade(("Fence", "Fencing"), ("32-310",), "Fences and gates"),
    "landscape": Trade(("Landscaping", "Landscapes"), ("32-900", "31-250"), "Landscape and irrigation"),
    "utilities": Trade(("Utilities", "Underground", "Pipeline"), ("33-110", "33-300", "33-400"), "Site utilities"),
    "bridges": Trade(("Bridge", "Heavy Civil", "Foundations"), ("34-800", "34-710", "31-630", "31-500"), "Bridge work"),
}

SUPPLY_TRADES: dict[str, Trade] = {
    "ready_mix": Trade(("Ready Mix", "Redi-Mix"), ("03-300", "03-350"), "Ready-mixed concrete"),
    "rebar": Trade(("Rebar", "Reinforcing"), ("03-200",), "Reinforcing steel, furnished"),
    "lumber": Trade(("Lumber", "Building Supply"), ("06-100", "06-170"), "Framing lumber and trusses"),
    "block": Trade(("Masonry Supply", "Brick Supply"), ("04-200",), "Concrete masonry units"),
    "fabrication": Trade(("Fabricators", "Metal Products"), ("05-500", "05-520"), "Metal fabrications"),
    "hardware": Trade(("Hardware Supply",), ("08-710", "08-110"), "Door hardware, furnished"),
    "lighting": Trade(("Lighting", "Lighting Supply"), ("26-510", "26-560"), "Light fixtures, furnished"),
    "pipe": Trade(("Pipe & Supply", "Waterworks"), ("33-110", "22-110"), "Pipe and fittings"),
    "rental": Trade(("Equipment Rental", "Rentals"), ("01-540", "01-520"), "Equipment rental"),
    "aggregate": Trade(("Aggregates", "Sand & Gravel"), ("31-230", "32-120"), "Base course and fill"),
    "generators": Trade(("Power Systems",), ("26-320", "26-240"), "Standby generator package"),
}

OTHER_TRADES: dict[str, Trade] = {
    "owner": Trade(("Properties", "Holdings", "Development Partners", "Health System", "School District"), (), ""),
    "architect": Trade(("Architects", "Architecture", "Design Group", "Studio", "Engineers"), (), ""),
}

TRADES: dict[str, Trade] = {**SUBCONTRACT_TRADES, **SUPPLY_TRADES, **OTHER_TRADES}


@dataclass(frozen=True)
class Unit:
    """How work of one code is measured, and what one unit costs at least and at most, in US dollars."""

    uom: str
    least: Decimal
    most: Decimal
    places: int = 2


def _unit(uom: str, least: str, most: str, places: int = 2) -> Unit:
    return Unit(uom, Decimal(least), Decimal(most), places)


UNITS: dict[str, Unit] = {
    "01-520": _unit("months", "410", "980"),
    "01-540": _unit("months", "1850", "6400"),
    "03-100": _unit("sf", "8.5", "14", 3),
    "03-200": _unit("lbs", "0.78", "1.35", 4),
    "03-300": _unit("cy", "148", "212", 3),
    "03-350": _unit("sf", "1.1", "2.9", 3),
    "04-200": _unit("ea", "2.35", "4.1", 4),
    "05-500": _unit("ea", "240", "1850"),
    "05-520": _unit("lf", "96", "188"),
    "06-100": _unit("bf", "0.66", "1.12", 4),
    "06-170": _unit("ea", "118", "420"),
    "08-110": _unit("ea", "640", "1480"),
    "08-710": _unit("ea", "310", "1275"),
    "22-110": _unit("lf", "9.4", "38", 3),
    "26-240": _unit("ea", "4200", "16800"),
    "26-320": _unit("ea", "48000", "126000"),
    "26-510": _unit("ea", "145", "690"),
    "26-560": _unit("ea", "880", "3150"),
    "31-100": _unit("acre", "3900", "7200"),
    "31-220": _unit("sy", "1.9", "4.6", 3),
    "31-230": _unit("cy", "11.5", "31.375", 3),
    "31-250": _unit("lf", "2.15", "4.85", 4),
    "31-500": _unit("sf", "38", "72"),
    "31-630": _unit("lf", "165", "310"),
    "32-120": _unit("tons", "92", "141.625", 3),
    "32-130": _unit("sy", "64", "97"),
    "32-310": _unit("lf", "38", "88"),
    "32-900": _unit("ea", "35", "640"),
    "33-110": _unit("lf", "44", "128", 4),
    "33-300": _unit("lf", "58", "142"),
    "33-400": _unit("lf", "61", "155"),
    "34-710": _unit("sy", "55", "93"),
    "34-800": _unit("sf", "215", "395"),
}
"""Codes that are bought by the unit, named as in Procore's list of units; all others by the amount."""

OWN_UNITS = ("acre", "bf")
"""Units that the company added to that list."""
