"""The wrong data that the datasets hold on purpose, where it is, and what should become of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from sandbox.datasets.cast import (
    EMOJI_NAME,
    INACTIVE_VENDOR,
    LONG_NAME,
    NONSENSE_PHONE,
    NONSENSE_ZIP,
    SAME_NAME,
    TEMPLATE_NOTE,
    TWINS,
)
from sandbox.datasets.customers import NO_CUSTOMER
from sandbox.datasets.masterformat import LONG_CODE
from sandbox.datasets.projects import LONG_PROJECT_NAME
from sandbox.datasets.scripted import INACTIVE_VENDOR_TITLE, NEGATIVE_INVOICE_NUMBER

Outcome = Literal["created", "blocked", "invalid", "conflict"]


@dataclass(frozen=True)
class Planted:
    """One planted fault: `where` holds fields and values by which the records are found, `count` says how many."""

    name: str
    system: Literal["procore", "xero", "quickbooks_online"]
    entity: str
    where: Mapping[str, str]
    what: str
    outcome: Outcome
    why: str
    count: int = 1


PLANTED: tuple[Planted, ...] = (
    Planted(
        "long company name",
        "procore",
        "vendors",
        {"name": LONG_NAME},
        "a company name of 400 characters",
        "invalid",
        "a Xero contact's name takes 255; a name is never cut",
    ),
    Planted(
        "long cost code",
        "procore",
        "standard_cost_codes",
        {"code": LONG_CODE.own},
        "cost code and cost type are 31 characters together",
        "invalid",
        "a Xero item's code takes 30; a code is never cut (ACC-2)",
    ),
    Planted(
        "same name twice",
        "procore",
        "vendors",
        {"name": SAME_NAME},
        "two companies with exactly the same name",
        "conflict",
        "a contact's name is unique: the first is created, the second is a conflict (ACC-5)",
        count=2,
    ),
    Planted(
        "nonsense phone and ZIP",
        "procore",
        "vendors",
        {"business_phone": NONSENSE_PHONE, "zip": NONSENSE_ZIP},
        "a telephone number of 58 characters without a digit, and a ZIP of letters",
        "invalid",
        "a Xero phone number takes 50 characters",
    ),
    Planted(
        "long project name",
        "procore",
        "projects",
        {"name": LONG_PROJECT_NAME},
        "a project name of more than 100 characters",
        "invalid",
        "a Xero tracking option's name takes 100",
    ),
    Planted(
        "project without a customer",
        "procore",
        "projects",
        {"project_number": NO_CUSTOMER},
        "the custom field Customer is empty",
        "created",
        "books that keep projects below customers hold it back (SMX-QBO-40); the others do not ask for the field",
    ),
    Planted(
        "near twin, electrical",
        "procore",
        "vendors",
        {"name": TWINS[0][1]},
        f"looks like {TWINS[0][0]!r} and is another company",
        "created",
        "phone and city differ: never linked to the twin's contact",
    ),
    Planted(
        "near twin, concrete",
        "procore",
        "vendors",
        {"name": TWINS[1][1]},
        f"looks like {TWINS[1][0]!r} and is another company",
        "created",
        "phone and state differ: never linked to the twin's contact",
    ),
    Planted(
        "inactive vendor",
        "procore",
        "work_order_contracts",
        {"title": INACTIVE_VENDOR_TITLE},
        f"an approved subcontract of the inactive company {INACTIVE_VENDOR!r}",
        "blocked",
        "an inactive company is not in the list of companies, so it has no contact",
    ),
    Planted(
        "bill without a reference",
        "xero",
        "invoices",
        {"Type": "ACCPAY", "InvoiceNumber": ""},
        "a bill whose reference is empty",
        "created",
        "the direct cost is numbered XERO- and a short id, and stands in the unsyncable report (ACC-23)",
    ),
    Planted(
        "QuickBooks bill without a number",
        "quickbooks_online",
        "bills",
        {"DocNumber": ""},
        "a bill whose number is empty",
        "created",
        "the direct cost is numbered by the bill's id, and stands in the unsyncable report (ACC-23)",
    ),
    Planted(
        "negative invoice",
        "procore",
        "requisitions",
        {"invoice_number": NEGATIVE_INVOICE_NUMBER},
        "a subcontractor invoice with a negative total, from a deductive change order",
        "invalid",
        "invoices with negative values do not export (XER-109)",
    ),
    Planted(
        "emoji, right-to-left text and a template",
        "procore",
        "vendors",
        {"name": EMOJI_NAME, "notes": TEMPLATE_NOTE},
        "an emoji and Hebrew in the name, {{ var.value.x }} in the notes",
        "created",
        "text is carried as it is and never rendered",
    ),
)
