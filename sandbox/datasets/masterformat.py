"""The contractor's cost codes and cost types, after the divisions of CSI MasterFormat."""

from __future__ import annotations

from sandbox.datasets.model import CostCode

DIVISIONS: dict[str, tuple[str, dict[str, str]]] = {
    "01": (
        "General Requirements",
        {
            "310": "Project Management",
            "320": "Progress Documentation",
            "450": "Quality Control Testing",
            "510": "Temporary Utilities",
            "520": "Construction Facilities",
            "540": "Construction Aids",
            "560": "Temporary Barriers and Enclosures",
            "710": "Field Engineering",
            "740": "Final Cleaning",
        },
    ),
    "02": (
        "Existing Conditions",
        {"410": "Demolition", "820": "Asbestos Remediation", "320": "Geotechnical Investigation"},
    ),
    "03": (
        "Concrete",
        {
            "100": "Concrete Forming",
            "200": "Concrete Reinforcing",
            "300": "Cast-in-Place Concrete",
            "350": "Concrete Finishing",
            "400": "Precast Concrete",
            "540": "Cement Underlayment",
        },
    ),
    "04": ("Masonry", {"200": "Unit Masonry", "400": "Stone Assemblies", "010": "Masonry Restoration"}),
    "05": (
        "Metals",
        {
            "120": "Structural Steel Framing",
            "210": "Steel Joists",
            "310": "Steel Decking",
            "500": "Metal Fabrications",
            "510": "Metal Stairs",
            "520": "Metal Railings",
        },
    ),
    "06": (
        "Wood, Plastics, and Composites",
        {"100": "Rough Carpentry", "170": "Shop-Fabricated Trusses", "200": "Finish Carpentry", "400": "Millwork"},
    ),
    "07": (
        "Thermal and Moisture Protection",
        {
            "100": "Waterproofing",
            "210": "Thermal Insulation",
            "420": "Wall Panels",
            "500": "Membrane Roofing",
            "600": "Flashing and Sheet Metal",
            "840": "Firestopping",
            "920": "Joint Sealants",
        },
    ),
    "08": (
        "Openings",
        {
            "110": "Metal Doors and Frames",
            "330": "Coiling Doors",
            "410": "Entrances and Storefronts",
            "440": "Curtain Wall",
            "710": "Door Hardware",
            "800": "Glazing",
        },
    ),
    "09": (
        "Finishes",
        {
            "210": "Plaster and Gypsum Board",
            "300": "Tiling",
            "510": "Acoustical Ceilings",
            "650": "Resilient Flooring",
            "680": "Carpeting",
            "900": "Painting and Coating",
        },
    ),
    "10": (
        "Specialties",
        {"140": "Signage", "210": "Toilet Compartments", "280": "Toilet Accessories", "440": "Fire Extinguishers"},
    ),
    "11": (
        "Equipment",
        {"400": "Food Service Equipment", "660": "Athletic Equipment", "130": "Loading Dock Equipment"},
    ),
    "12": ("Furnishings", {"240": "Window Shades", "350": "Laboratory Casework", "480": "Entrance Mats"}),
    "13": ("Special Construction", {"340": "Fabricated Engineered Structures"}),
    "14": ("Conveying Equipment", {"200": "Elevators", "450": "Vehicle Lifts"}),
    "21": ("Fire Suppression", {"130": "Fire Sprinkler Systems", "300": "Fire Pumps"}),
    "22": (
        "Plumbing",
        {"110": "Domestic Water Piping", "130": "Sanitary Sewerage", "400": "Plumbing Fixtures", "600": "Gas Systems"},
    ),
    "23": (
        "Heating, Ventilating, and Air Conditioning",
        {
            "050": "Common Work for HVAC",
            "090": "Instrumentation and Control",
            "310": "HVAC Ducts and Casings",
            "590": "Testing and Balancing",
            "740": "Packaged Rooftop Units",
        },
    ),
    "26": (
        "Electrical",
        {
            "050": "Common Work for Electrical",
            "200": "Low-Voltage Distribution",
            "240": "Switchboards and Panelboards",
            "320": "Packaged Generators",
            "510": "Interior Lighting",
            "560": "Exterior Lighting",
        },
    ),
    "27": ("Communications", {"100": "Structured Cabling", "410": "Audio-Video Systems"}),
    "28": ("Electronic Safety and Security", {"100": "Access Control", "310": "Fire Detection and Alarm"}),
    "31": (
        "Earthwork",
        {
            "100": "Site Clearing",
            "220": "Grading",
            "230": "Excavation and Fill",
            "250": "Erosion Controls",
            "500": "Excavation Support",
            "630": "Bored Piles",
        },
    ),
    "32": (
        "Exterior Improvements",
        {"120": "Flexible Paving", "130": "Rigid Paving", "310": "Fences and Gates", "900": "Planting"},
    ),
    "33": ("Utilities", {"110": "Water Distribution", "300": "Sanitary Sewers", "400": "Storm Drainage"}),
    "34": ("Transportation", {"710": "Roadway Construction", "800": "Bridges"}),
}

LONG_CODE = CostCode("01", "TEMP-WEATHER-ENCLOSURE-PH2", "Temporary Weather Enclosure, Phase 2")
"""29 characters with its division, 31 with a cost type: one more than an item of Xero takes."""

COST_TYPES: tuple[tuple[str, str, str], ...] = (
    ("L", "Labor", "labor"),
    ("E", "Equipment", "equipment"),
    ("M", "Materials", "materials"),
    ("S", "Commitment", "commitment"),
    ("OC", "Owner Cost", "owner_cost"),
    ("SVC", "Professional Services", "professional_services"),
    ("O", "Other", "other"),
)
"""Procore's default cost types: code, name, base type."""


def cost_codes() -> tuple[CostCode, ...]:
    """All leaf codes in order, the overlong one last."""
    leaves = (
        CostCode(division, own, name)
        for division, (_, own_codes) in DIVISIONS.items()
        for own, name in own_codes.items()
    )
    return (*sorted(leaves, key=lambda leaf: leaf.code), LONG_CODE)
