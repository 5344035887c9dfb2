"""Each state of a record has a sign beside its word, on every page that shows it."""

from __future__ import annotations

import re
from typing import get_args

import pytest

from jobledger.store import approvals, history
from jobledger.web.signs import SIGNS, sign
from tests.web.conftest import Pages
from tests.web.test_history import source_of


def shown(text: str) -> list[tuple[str, str]]:
    """Each sign of a page with the word, and where it is a count the number, that follow it."""
    found = re.findall(r'<span class="sign" aria-hidden="true">(.)</span>(?:<b>[^<]*</b> )?([^<]*)<', text)
    return [(mark, word.strip()) for mark, word in found]


@pytest.mark.feature("XER-102")
def test_every_state_has_a_sign_and_no_two_outcomes_share_one() -> None:
    states = [*history.OUTCOMES, *get_args(history.State), *get_args(approvals.Decision), "linked", "archived"]
    assert [state for state in states if state not in SIGNS] == []
    marks = [sign(outcome).mark for outcome in history.OUTCOMES]
    assert len(set(marks)) == len(marks)


@pytest.mark.feature("XER-102")
def test_a_record_shows_the_sign_of_its_state_wherever_it_is_listed(pages: Pages) -> None:
    invalid = shown(pages.get("/acme/open", flow="companies", outcome="invalid").text)
    assert invalid.count(("✗", "invalid")) >= 2
    contract = source_of(pages, "commitments", "SC-014")
    life = shown(pages.get(f"/acme/records/commitments/{contract}").text)
    assert life[0] == ("⇄", "linked")
    assert {("+", "created"), ("±", "updated")} <= set(life)
    assert ("⇄", "Linked") in shown(pages.get("/acme/links/companies").text)
    assert ("✓", "done") in shown(pages.get("/acme/runs").text)
