"""The story of Ironwood Builders, general contractor in Denver, as plain records made from a seed."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from decimal import Decimal
from random import Random

from sandbox.datasets import billing, contracts, directory, projects
from sandbox.datasets.contracts import TODAY
from sandbox.datasets.masterformat import cost_codes
from sandbox.datasets.model import Company, Contractor, DirectCost, Project

NAME = "Ironwood Builders"
DIRECT_COST_CODES = (
    ("01-540", "E"),
    ("01-510", "O"),
    ("01-740", "O"),
    ("03-300", "M"),
    ("06-100", "M"),
    ("31-230", "M"),
)
PURCHASES = (
    "Fuel for light towers",
    "Emergency repair",
    "Hardware store run",
    "Small tools",
    "Extra base course",
    "Dewatering",
)


def contractor(scale: int = 1, seed: int = 7) -> Contractor:
    """Everything that happened to the contractor up to the story's today; the same for the same arguments."""
    rng = Random(seed)
    companies = directory.companies(rng, scale)
    all_projects = (*projects.by_hand(), *(one for block in range(1, scale) for one in projects.more(rng, block)))
    commitments = contracts.commitments(rng, companies, all_projects)
    change_orders = contracts.change_orders(rng, commitments)
    invoices = billing.invoices(rng, all_projects, commitments, change_orders)
    return Contractor(
        companies=companies,
        projects=all_projects,
        cost_codes=cost_codes(),
        commitments=commitments,
        change_orders=change_orders,
        periods=billing.periods(all_projects),
        invoices=invoices,
        payments=billing.payments(rng, invoices),
        direct_costs=_direct_costs(rng, companies, all_projects),
    )


def _direct_costs(rng: Random, companies: Sequence[Company], all_projects: Sequence[Project]) -> tuple[DirectCost, ...]:
    """Two purchases without a commitment per project."""
    sellers = [company for company in companies if company.kind == "supplier" and company.active]
    return tuple(
        _direct_cost(rng, rng.choice(sellers), project, serial)
        for index, project in enumerate(all_projects)
        for serial in (2 * index, 2 * index + 1)
    )


def _direct_cost(rng: Random, seller: Company, project: Project, serial: int) -> DirectCost:
    chosen = rng.sample(DIRECT_COST_CODES, rng.randint(1, 2))
    dated = min(project.start + timedelta(days=rng.randint(15, 240)), TODAY - timedelta(days=3))
    what = rng.choice(PURCHASES)
    return DirectCost(
        project=project.number,
        company=seller.key,
        kind="invoice" if serial % 3 else "expense",
        number=f"{rng.randint(10, 99)}{serial:04d}" if serial % 3 else "",
        dated=dated,
        status=("approved", "approved", "pending", "draft")[serial % 4],
        description=what,
        lines=tuple(contracts.line(rng, code, kind, Decimal(rng.randint(180, 6400)), False) for code, kind in chosen),
    )
