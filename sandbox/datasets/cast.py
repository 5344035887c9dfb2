"""The companies that every story has: untidy names, near twins, and the wrong data of `planted`."""

from __future__ import annotations

from sandbox.datasets.model import Company, CompanyKind, Place

LONG_NAME = (
    "Consolidated Colorado Joint Venture of "
    + ", ".join(f"Subsidiary Number {n} of the Hartmann Group" for n in range(1, 10))
)[:395] + " LLC."
"""400 characters: Procore takes it, a Xero contact has room for 255."""

EMOJI_NAME = "Sunrise 🌅 Landscaping שמש LLC"
TEMPLATE_NOTE = "Gate code is {{ var.value.x }}; ask for {% raw %} Lupe."
NONSENSE_PHONE = "call Mike on his cell, or leave word with Dora at the yard"
NONSENSE_ZIP = "ABCDE"
SAME_NAME = "Front Range Drywall"
TWINS = (
    ("Baker Electric LLC", "Baker Electrical Contractors Inc"),
    ("Smith & Sons Concrete", "Smith and Sons Concrete, Inc."),
)
INACTIVE_VENDOR = "Hollis Paving Inc."


def _company(key: str, name: str, kind: CompanyKind, trade: str, at: str, phone: str, **more: str | bool) -> Company:
    street, city, state, zip_code = at.split("|")
    email = str(more.get("email", ""))
    return Company(
        key=key,
        name=name,
        kind=kind,
        trade=trade,
        place=Place(street, city, state, zip_code),
        phone=phone,
        email=email,
        fax=str(more.get("fax", "")),
        notes=str(more.get("notes", "")),
        active=bool(more.get("active", True)),
    )


CAST: tuple[Company, ...] = (
    _company(
        "cast-baker-1",
        TWINS[0][0],
        "subcontractor",
        "electrical",
        "4410 Brighton Blvd|Denver|CO|80216",
        "(303) 555-7101",
        fax="(303) 555-7102",
        email="office@bakerelectric.example",
    ),
    _company(
        "cast-baker-2",
        TWINS[0][1],
        "subcontractor",
        "electrical",
        "812 Riverside Ave|Fort Collins|CO|80524",
        "970.555.7110",
        email="bids@bakerelectrical.example",
    ),
    _company(
        "cast-smith-1",
        TWINS[1][0],
        "subcontractor",
        "concrete",
        "1900 Santa Fe Dr|Pueblo|CO|81003",
        "719-555-7120",
    ),
    _company(
        "cast-smith-2",
        TWINS[1][1],
        "subcontractor",
        "concrete",
        "6021 L St|Omaha|NE|68127-1408",
        "+1 402 555 7130",
        fax="402 555 7131",
    ),
    _company(
        "cast-drywall-1",
        SAME_NAME,
        "subcontractor",
        "drywall",
        "77 Ivy St|Denver|CO|80220",
        "7205557140",
        email="info@frontrangedrywall.example",
    ),
    _company(
        "cast-drywall-2",
        SAME_NAME,
        "subcontractor",
        "drywall",
        "3300 Automation Way|Fort Collins|CO|80525",
        "(970) 555-7150",
    ),
    _company(
        "cast-nunez",
        "Núñez Plumbing & Heating LLC",
        "subcontractor",
        "plumbing",
        "512 Federal Blvd|Denver|CO|80204",
        "303.555.7160",
        email="maria@nunezplumbing.example",
    ),
    _company(
        "cast-mueller",
        "Müller Glaswerk USA, Inc.",
        "subcontractor",
        "glass",
        "9100 E 40th Ave|Denver|CO|80238",
        "(720) 555-7170",
    ),
    _company(
        "cast-omalley",
        "O'Malley's Masonry Co.",
        "subcontractor",
        "masonry",
        "18 Quebec St|Aurora|CO|80011",
        "303-555-7180",
    ),
    _company(
        "cast-painted",
        "The Painted Wall Company",
        "subcontractor",
        "painting",
        "240 Colfax Ave|Lakewood|CO|80214",
        "(303) 555-7190 x3",
    ),
    _company(
        "cast-rebar",
        "Rocky Mountain  Rebar,  LLC",
        "supplier",
        "rebar",
        "5555 Industrial Way|Commerce City|CO|80022",
        "303 555 7200",
        fax="303 555 7201",
    ),
    _company(
        "cast-long",
        LONG_NAME,
        "subcontractor",
        "steel",
        "1 Hartmann Plaza|Denver|CO|80202",
        "(303) 555-7210",
    ),
    _company(
        "cast-nonsense",
        "Dora's Dumpsters & Rentals",
        "supplier",
        "rental",
        f"behind the grain elevator|Greeley|CO|{NONSENSE_ZIP}",
        NONSENSE_PHONE,
    ),
    _company(
        "cast-inactive",
        INACTIVE_VENDOR,
        "subcontractor",
        "paving",
        "702 County Road 12|Longmont|CO|80501",
        "303-555-7230",
        active=False,
    ),
    _company(
        "cast-emoji",
        EMOJI_NAME,
        "subcontractor",
        "landscape",
        "88 Prairie Ln|Longmont|CO|80503",
        "(720) 555-7240",
        notes=TEMPLATE_NOTE,
    ),
    _company(
        "cast-hakansson",
        "Håkansson Steel Erectors, Inc.",
        "subcontractor",
        "steel",
        "4040 York St|Denver|CO|80216",
        "(303) 555-7250",
    ),
    _company(
        "cast-3d",
        "3-D Fire Protection, L.L.C.",
        "subcontractor",
        "sprinkler",
        "1215 Yampa Ave|Colorado Springs|CO|80915",
        "719.555.7260",
    ),
    _company(
        "cast-oneil",
        "J.R. O'Neil & Co.",
        "subcontractor",
        "carpentry",
        "310 E 7th St|Pueblo|CO|81003",
        "1-719-555-7270",
    ),
    _company(
        "cast-dangelo",
        "D'Angelo and Brüder Tile & Stone",
        "subcontractor",
        "tile",
        "601 Santa Fe Dr|Denver|CO|80204",
        "(303) 555-7280",
    ),
    _company(
        "cast-bridge",
        "Kowalczyk Heavy Civil, Inc",
        "subcontractor",
        "bridges",
        "7001 County Road 12|Greeley|CO|80631",
        "(970) 555-7290",
    ),
    _company(
        "cast-earth",
        "Big Thompson Excavating Co",
        "subcontractor",
        "earthwork",
        "2200 Taft Ave|Loveland|CO|80538",
        "970-555-7300",
    ),
    _company(
        "cast-readymix",
        "Castle Rock Ready Mix, Inc.",
        "supplier",
        "ready_mix",
        "1450 Plum Creek Pkwy|Castle Rock|CO|80104",
        "(303) 555-7310",
    ),
    _company(
        "cast-district",
        "Cherry Creek School District No. 5",
        "owner",
        "owner",
        "4700 S Yosemite St|Greenwood Village|CO|80111",
        "303-555-7320",
    ),
    _company(
        "cast-architect",
        "Sørensen + Pruitt Architects, P.C.",
        "architect",
        "architect",
        "1801 Wynkoop St|Denver|CO|80202",
        "303.555.7330",
    ),
)
