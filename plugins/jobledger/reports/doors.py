"""One cost, one door: what cards bring to Procore must not come a second time out of the books (ACC-25)."""

from __future__ import annotations

from collections.abc import Sequence

from jobledger.errors import Finding
from jobledger.integration import BrokenIntegration, Integration

CARDS = "pex"
"""The system whose purchases become costs in Procore by themselves."""


def second_doors(paired: Integration, every: Sequence[Integration | BrokenIntegration]) -> list[Finding]:
    """Of an integration, for each with books and cards on its Procore company, whether the books leave the cards out.

    `every` is what the folder of integrations holds. Nothing where cards and books do not share a company.
    """
    company = paired.procore.company_id
    sharing = [one for one in every if isinstance(one, Integration) and one.procore.company_id == company]
    cards = [one for one in sharing if one.accounting.system == CARDS]
    books = [one for one in sharing if one.accounting.system != CARDS]
    if paired.accounting.system != CARDS:
        books = [one for one in books if one.pair == paired.pair]
    return [_door(one, cards) for one in books if cards]


def _door(books: Integration, cards: Sequence[Integration]) -> Finding:
    topic = "second door of card costs"
    brings = " and ".join(f"{one.name}.yaml" for one in cards)
    left_out = ", ".join(books.job_costs.exclude_accounts)
    if left_out:
        return Finding(topic, True, f"{books.name}.yaml leaves out {left_out}, which {brings} brings")
    company = books.procore.company_id
    found = f"{brings} and {books.name}.yaml both bring card purchases to the Procore company {company}."
    remedy = (
        f"Set `job_costs.exclude_accounts` in include/integrations/{books.name}.yaml to the accounts of the books on"
        " which the cards are booked."
    )
    return Finding(topic, False, f"Cost would enter by a second door: {found}", remedy)
