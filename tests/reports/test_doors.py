"""What cards bring to Procore does not come a second time out of the books."""

from __future__ import annotations

from typing import Any

import pytest

from jobledger.errors import Finding
from jobledger.integration import BrokenIntegration, Integration
from jobledger.reports.doors import second_doors

TOPIC = "second door of card costs"


def integration(name: str, system: str, company: int = 1, **settings: Any) -> Integration:
    stated = {"name": name, "procore": {"connection": "procore", "company_id": company}}
    books = {"system": system, "connection": system, "tenant_id": name}
    return Integration.model_validate({**stated, "accounting": books, **settings})


CARDS = integration("cards", "pex")


@pytest.mark.feature("ACC-25")
@pytest.mark.parametrize("system", ["xero", "quickbooks_online"])
def test_books_that_do_not_leave_the_cards_of_their_company_out_are_told_for_both_integrations(system: str) -> None:
    books = integration("books", system)
    every = [books, CARDS, integration("elsewhere", system, company=2), BrokenIntegration("broken", "wrong")]
    [found] = second_doors(books, every)
    assert found == Finding(
        TOPIC,
        False,
        "Cost would enter by a second door: cards.yaml and books.yaml both bring card purchases to the Procore"
        " company 1.",
        "Set `job_costs.exclude_accounts` in include/integrations/books.yaml to the accounts of the books on which the"
        " cards are booked.",
    )
    assert second_doors(CARDS, every) == [found]


@pytest.mark.feature("ACC-25")
def test_with_the_accounts_of_the_cards_left_out_both_are_well() -> None:
    books = integration("books", "xero", job_costs={"exclude_accounts": ["2150", "2160"]})
    [found] = second_doors(books, [books, CARDS])
    assert found == Finding(TOPIC, True, "books.yaml leaves out 2150, 2160, which cards.yaml brings")
    assert second_doors(CARDS, [books, CARDS]) == [found]


@pytest.mark.feature("ACC-25")
def test_cards_are_told_of_each_books_and_books_of_themselves_only() -> None:
    first, second = integration("first", "xero"), integration("second", "quickbooks_online")
    every = [first, second, CARDS, integration("more_cards", "pex")]
    assert len(second_doors(CARDS, every)) == 2
    [found] = second_doors(second, every)
    assert "cards.yaml and more_cards.yaml and second.yaml" in found.message


@pytest.mark.feature("ACC-25")
def test_there_is_no_second_door_where_cards_and_books_share_no_company() -> None:
    books = integration("books", "xero", company=2)
    for one in (books, CARDS):
        assert second_doors(one, [books, CARDS]) == []
