"""The dataset `demo`: Procore is full; the books are those of a young organisation."""

from __future__ import annotations

from random import Random

from sandbox.datasets import bookkeeping, cards, story
from sandbox.datasets.books import RETAINAGE_ITEM, RETAINAGE_PAYABLE, Books, Item
from sandbox.datasets.model import Company, Contractor
from sandbox.datasets.scenario import Pair, Scenario

SHARED_COMPANIES = 12


def scenario(scale: int, seed: int) -> Scenario:
    """The whole contractor in Procore; 25 contacts of its own and 12 shared ones (a block) in Xero; the cards."""
    contractor = story.contractor(scale, seed)
    rng = Random(seed + 1)
    shared = _well_known(contractor, SHARED_COMPANIES * scale)
    twins = tuple(bookkeeping.same_company(rng, company) for company in shared)
    jobs = (contractor.projects[0].name,)
    documents = [
        *bookkeeping.overheads(rng),
        *bookkeeping.partly_paid(bookkeeping.job_bills(rng, 30 * scale, twins, jobs)),
        *bookkeeping.card_spend(rng, 48 * scale, jobs),
    ]
    books = Books(
        contacts=(*bookkeeping.office_contacts(scale), *twins),
        items=(
            Item(RETAINAGE_ITEM, "Retainage payable", RETAINAGE_PAYABLE),
            *(bookkeeping.item(code, cost_type) for code, cost_type in bookkeeping.JOB_ITEMS),
        ),
        jobs=jobs,
        orders=(),
        documents=tuple(documents),
    )
    codes = [f"{code}.{cost_type}" for code, cost_type in bookkeeping.JOB_ITEMS]
    truth: dict[str, list[Pair]] = {
        "companies": [(company.name, twin.name) for company, twin in zip(shared, twins, strict=True)],
        "projects": [(jobs[0], jobs[0])],
        "cost_codes": [(code, code) for code in codes],
    }
    return Scenario(contractor, books, truth, cards.purchases(Random(seed + 3), contractor, scale))


def _well_known(contractor: Contractor, number: int) -> list[Company]:
    """Companies with a commitment, outside the cast but for one whose name has accents."""
    on_commitments = dict.fromkeys(one.company for one in contractor.commitments)
    by_key = {company.key: company for company in contractor.companies}
    plain_ones = [by_key[key] for key in on_commitments if not key.startswith("cast")]
    return [by_key["cast-nunez"], *plain_ones[: number - 1]]
