"""What the bookkeeper does without Procore: overheads every month, job purchases, the company card."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from random import Random

from sandbox.datasets.billing import months
from sandbox.datasets.books import CARD, CHECKING, JOB_COSTS, REGIONS, Contact, Document, Entry, Item
from sandbox.datasets.contracts import NAMES, TODAY, cents
from sandbox.datasets.model import Company
from sandbox.datasets.names import plain

FIRST_MONTH = date(2025, 9, 1)
OVERHEADS: tuple[tuple[str, str, str, int], ...] = (
    ("Public Light & Power of Colorado", "Electricity, office and yard", "6100", 640),
    ("Front Range Water District", "Water and sewer", "6100", 118),
    ("Larimer Square Office Partners LP", "Office rent", "6100", 9450),
    ("Granite State Insurance Agency", "General liability premium", "6200", 7320),
    ("Wheelhouse Fleet Leasing", "Truck leases", "6300", 4185),
    ("Halvorsen & Pike CPAs LLP", "Bookkeeping review", "6500", 1250),
)
"""Contacts that bill every month: who, what for, the account, and about how much."""

ONCE_IN_A_WHILE = (
    "First Mountain Bank",
    "Staple & Clip Office Supply",
    "Mile Hi Coffee Service",
    "Payroll Bureau of Colorado",
    "Colorado Department of Revenue",
    "City of Denver Permits Counter",
    "Whitcomb Legal Group PC",
    "TelePoint Business Internet",
    "Parcel Express",
    "Harbor Software Subscriptions",
    "Prairie Uniform Rental",
    "Summit Workers' Compensation",
    "Bluff Street Parking",
    "Copper Kettle Catering",
    "Redline Tire & Auto",
    "Interstate Fuel Card",
    "Skyline Hotel Cheyenne",
    "Mountain Air Charter",
    "Drug Test Partners",
)
CARD_PURCHASES: tuple[tuple[str, str, int], ...] = (
    ("Interstate Fuel Card", "6300", 140),
    ("Skyline Hotel Cheyenne", "6400", 385),
    ("Copper Kettle Catering", "6400", 96),
    ("Staple & Clip Office Supply", "5500", 72),
    ("Redline Tire & Auto", "6300", 410),
)
JOB_ITEMS = (("01-540", "E"), ("01-510", "O"), ("03-300", "M"))
LEGAL_FORMS = (" Inc.", ", LLC", " L.L.C.", " Co", ", Inc", " Company", "")
_LEGAL_END = re.compile(r"[, ]+(inc|llc|l\.l\.c|co|corp|company|lp|ltd)\.?$", re.IGNORECASE)


def office_contacts(blocks: int) -> tuple[Contact, ...]:
    """Contacts that no project directory has: 25 a block, the later blocks' being other branches."""
    first = [name for name, *_ in OVERHEADS] + list(ONCE_IN_A_WHILE)
    all_names = [name if block == 0 else f"{name} - Branch {block + 1}" for block in range(blocks) for name in first]
    return tuple(Contact(name, f"(800) 555-{3000 + index:04d}") for index, name in enumerate(all_names))


def same_name(rng: Random, name: str) -> str:
    """The name as somebody else would type it: another legal form, no accents, other capitals; `plain` is the same."""
    folded = unicodedata.normalize("NFKD", name.replace("ø", "o")).encode("ascii", "ignore").decode()
    bare = " ".join(_LEGAL_END.sub("", " ".join(folded.split())).split()) + rng.choice(LEGAL_FORMS)
    bare = bare.replace(" & ", " and ") if rng.random() < 0.4 else bare
    typed = rng.choice((bare, bare, bare.upper(), bare.title() if "'" not in bare else bare))
    return typed if plain(typed) == plain(name) else name


def same_company(rng: Random, company: Company) -> Contact:
    """A contact that is this company beyond doubt: the name up to its form, the same telephone number."""
    return Contact(
        name=same_name(rng, company.name),
        phone=reformatted(company.phone),
        email=company.email if rng.random() < 0.5 else "",
        place=company.place if rng.random() < 0.6 else None,
    )


def reformatted(phone: str) -> str:
    """A US number as ten digits with dots, extension and country code left out."""
    digits = re.sub(r"\D", "", phone.split("x")[0])[-10:]
    return f"{digits[:3]}.{digits[3:6]}.{digits[6:]}"


def item(code: str, cost_type: str) -> Item:
    """The purchase item of a cost code and a cost type."""
    return Item(f"{code}.{cost_type}", NAMES[code][:50], JOB_COSTS[cost_type])


def overheads(rng: Random) -> list[Document]:
    """A bill a month from each who bills monthly, all but the latest two paid; never on a job."""
    ends = months(FIRST_MONTH, TODAY)
    return [_overhead(rng, row, end, index < len(ends) - 2) for row in OVERHEADS for index, end in enumerate(ends)]


def _overhead(rng: Random, row: tuple[str, str, str, int], end: date, is_paid: bool) -> Document:
    name, what, account, about = row
    amount = cents(Decimal(about) * rng.randint(88, 114) / 100 + Decimal(rng.randint(0, 99)) / 100)
    dated = min(end.replace(day=rng.randint(2, 9)), TODAY)
    bill = Document(
        kind="bill",
        contact=name,
        reference=f"{name[:2].upper()}{end:%y%m}",
        dated=dated,
        due=dated + timedelta(days=30),
        status="AUTHORISED",
        entries=(Entry(what, amount, account, region=rng.choice(REGIONS)),),
    )
    return replace(bill, paid=amount, paid_on=dated + timedelta(days=24)) if is_paid else bill


def card_spend(rng: Random, number: int, jobs: Sequence[str]) -> list[Document]:
    """Purchases with the company card; a third on a job; one in twelve comes back as a refund."""
    return [_card_purchase(rng, serial, jobs) for serial in range(number)]


def _card_purchase(rng: Random, serial: int, jobs: Sequence[str]) -> Document:
    name, account, about = CARD_PURCHASES[serial % len(CARD_PURCHASES)]
    dated = FIRST_MONTH + timedelta(days=rng.randint(0, (TODAY - FIRST_MONTH).days - 4))
    amount = cents(Decimal(about) * rng.randint(40, 190) / 100 + Decimal(rng.randint(0, 99)) / 100)
    on_job = bool(jobs) and serial % 3 == 0
    entry = Entry(
        description=f"Card purchase, {name}",
        amount=amount,
        account=JOB_COSTS["O"] if on_job else account,
        item="01-510.O" if on_job and serial % 2 == 0 else "",
        job=rng.choice(jobs) if on_job else "",
        region=REGIONS[serial % 2],
    )
    return Document(
        kind="refund" if serial % 12 == 11 else "spend",
        contact=name,
        reference=f"CARD {dated:%m%d}-{serial:03d}",
        dated=dated,
        due=dated,
        status="AUTHORISED",
        entries=(entry,),
        account=CARD if serial % 4 else CHECKING,
    )


def job_bills(rng: Random, number: int, sellers: Sequence[Contact], jobs: Sequence[str]) -> list[Document]:
    """Purchases for jobs that went straight to the books: one to three jobs a bill, a few with no job at all."""
    return [_job_bill(rng, serial, rng.choice(sellers), jobs) for serial in range(number)]


def _job_bill(rng: Random, serial: int, seller: Contact, jobs: Sequence[str]) -> Document:
    dated = FIRST_MONTH + timedelta(days=rng.randint(0, (TODAY - FIRST_MONTH).days - 4))
    chosen = [] if serial % 7 == 6 else rng.sample(jobs, min(len(jobs), 1 + serial % 3))
    entries = [_job_entry(rng, job) for job in chosen]
    if not chosen or serial % 5 == 0:
        entries.append(Entry("Yard stock, no job", Decimal(rng.randint(4000, 90000)) / 100, JOB_COSTS["M"]))
    return Document(
        kind="credit" if serial % 15 == 14 else "bill",
        contact=seller.name,
        reference="" if serial == 3 else f"{rng.randint(10, 99)}-{4100 + serial}",
        dated=dated,
        due=dated + timedelta(days=30),
        status="DRAFT" if serial % 11 == 10 else "AUTHORISED",
        entries=tuple(entries),
    )


def _job_entry(rng: Random, job: str) -> Entry:
    code, cost_type = rng.choice(JOB_ITEMS)
    amount = Decimal(rng.randint(12000, 780000)) / 100
    return Entry(NAMES[code], cents(amount), JOB_COSTS[cost_type], f"{code}.{cost_type}", job)


def partly_paid(documents: Sequence[Document]) -> list[Document]:
    """Every third authorised bill that is older than two months is paid, every ninth only by half."""
    return [_paid(document, index) for index, document in enumerate(documents)]


def _paid(document: Document, index: int) -> Document:
    is_old = document.dated < TODAY - timedelta(days=60)
    if document.kind != "bill" or document.status != "AUTHORISED" or not is_old or index % 3 or document.total <= 0:
        return document
    part = Decimal(1) if index % 9 else Decimal("0.5")
    return replace(document, paid=cents(document.total * part), paid_on=document.dated + timedelta(days=33))
