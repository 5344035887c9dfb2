"""What one integration's settings say about reading Procore."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Literal

from jobledger.integration import Integration

_WITH_CUSTOMERS = frozenset({"quickbooks_online"})
"""The books in which a project belongs to a customer (SMX-QBO-35), and in which a department is a location."""

_TOOLS_OF_PURCHASES = ("Direct Costs", "Budget")
"""The tools of a project that purchases need: they are booked in one, on codes of the other."""


@dataclass(frozen=True)
class Reading:
    """What is read, and how. What the books have no use for is not asked for: it would cost calls each night.

    `projects` narrows what is read; `import_list` names the standard list that new cost codes join; `customer_field` is
    the label of the projects' custom field with their customer; `departments`: whether projects tell theirs;
    `own_codes`: whether a code is another one in each project (XTR-33). `closed_until`: the last day on which nothing
    more is booked in Procore. `vendor` is the company on which purchases are booked, wanted where `needs_vendor`;
    `tools` are the project tools that the app must be an administrator of, such as "Direct Costs" (PEX-10).
    """

    projects: Literal["all"] | Sequence[int] = "all"
    import_list: str | None = None
    ignore_sub_jobs: bool = False
    customer_field: str | None = None
    departments: bool = False
    own_codes: bool = False
    closed_until: date | None = None
    vendor: int | None = None
    needs_vendor: bool = False
    tools: tuple[str, ...] = ()


def reading_of(integration: Integration) -> Reading:
    """What an integration's settings say about reading Procore."""
    with_customers = integration.accounting.system in _WITH_CUSTOMERS
    with_purchases = "card_purchases" in integration.stages and integration.pex.purchases != "never"
    return Reading(
        projects=integration.procore.projects,
        import_list=integration.cost_codes.import_list,
        ignore_sub_jobs=integration.cost_codes.sub_jobs == "ignore",
        customer_field=integration.projects.customer_field if with_customers else None,
        departments=with_customers,
        own_codes=integration.cost_codes.item_names == "project_and_code",
        closed_until=integration.pex.closed_until,
        vendor=integration.pex.vendor,
        needs_vendor=with_purchases,
        tools=_TOOLS_OF_PURCHASES if with_purchases else (),
    )
