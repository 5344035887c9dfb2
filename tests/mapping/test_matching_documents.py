"""Which documents of two sides may be the same: party, number and total; two of the three are a proposal."""

from datetime import date, timedelta
from decimal import Decimal
from itertools import combinations, permutations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jobledger.mapping.automap import propose
from jobledger.systems.base import Card

DAY = date(2026, 3, 1)
ALL = {"party": "acme", "number": "SC-001", "amount": "1000.00"}
OTHER = {"party": "birch", "number": "SC-002", "amount": "999.00"}
WORDS = {"party": "same company", "number": "same number", "amount": "same total"}


def document(id, number="", days=0, active=True, **evidence):
    known = {"date": (DAY + timedelta(days=days)).isoformat(), **evidence}
    return Card(id=id, name=f"document {id}", number=number or None, active=active, evidence=known)


def matched(left, right, kind="commitments"):
    return [(p.left_id, p.right_id, p.sure) for p in propose(left, right, kind)]


@pytest.mark.feature("ACC-4")
@pytest.mark.parametrize("kind", ["commitments", "change_orders", "invoices", "payments", "job_costs"])
def test_documents_of_one_company_number_and_total_are_the_same(kind):
    [found] = propose([document("l", **ALL)], [document("r", **ALL | {"number": " sc-001 "})], kind)
    assert (found.sure, found.score, found.evidence) == (True, 1.0, tuple(WORDS.values()))


@pytest.mark.feature("ACC-4")
@pytest.mark.parametrize("agreeing", [*combinations(ALL, 2), *combinations(ALL, 1), ()])
def test_two_of_the_three_are_a_proposal_and_one_is_none(agreeing):
    other = OTHER | {name: ALL[name] for name in agreeing}
    found = propose([document("l", **ALL)], [document("r", **other)], "commitments")
    assert [(one.sure, one.evidence) for one in found] == (
        [(False, tuple(WORDS[name] for name in WORDS if name in agreeing))] if len(agreeing) == 2 else []
    )


@pytest.mark.feature("ACC-4")
@pytest.mark.parametrize("missing", [*ALL])
def test_what_neither_side_knows_is_no_agreement(missing):
    known = {name: value for name, value in ALL.items() if name != missing}
    assert matched([document("l", **known)], [document("r", **known)]) == [("l", "r", False)]


@pytest.mark.feature("ACC-4")
def test_totals_are_compared_as_amounts_and_names_of_companies_are_not_compared():
    ours = document("l", **ALL | {"amount": "1000"})
    assert matched([ours], [document("r", **ALL)]) == [("l", "r", True)]
    assert matched([ours], [document("r", **ALL | {"party": "ACME Inc."})]) == [("l", "r", False)]


@pytest.mark.feature("ACC-4")
def test_a_rival_that_agrees_in_all_three_leaves_the_choice_to_a_person():
    double = [document("r1", **ALL), document("r2", **ALL)]
    for left, right in permutations(([document("l", **ALL)], double)):
        assert [sure for *_, sure in matched(left, right)] == [False, False]


def test_one_that_agrees_in_two_things_only_is_no_rival():
    near = document("r2", **ALL | {"amount": "999.00"})
    found = {
        (left, right): sure for left, right, sure in matched([document("l", **ALL)], [document("r1", **ALL), near])
    }
    assert found == {("l", "r1"): True, ("l", "r2"): False}


def test_one_that_is_not_in_use_is_never_linked_without_a_person():
    [found] = propose([document("l", **ALL)], [document("r", active=False, **ALL)], "invoices")
    assert (found.sure, found.evidence[-1]) == (False, "one of them is not in use")


@pytest.mark.feature("ACC-25")
@pytest.mark.parametrize("days", [-46, -45, 0, 45, 46])
def test_a_bill_of_equal_total_or_the_same_order_number_is_told_within_45_days(days):
    ours = document("l", number="RA-7702", party="acme", amount="1000.00", order_number="SC-001")
    equal_total = document("r1", number="4471", days=days, party="acme", amount="1000.00")
    of_the_order = document("r2", number="SC-001", days=days, party="acme", amount="12.00")
    another_company = document("r3", number="SC-001", days=days, party="birch", amount="12.00")
    found = matched([ours], [equal_total, of_the_order, another_company], "invoices")
    assert sorted(found) == ([("l", "r1", False), ("l", "r2", False)] if abs(days) <= 45 else [])


def test_a_bill_that_is_called_as_the_order_is_never_sure():
    """All bills of one order carry its number in the books."""
    ours = document("l", number="RA-7702", party="acme", amount="1000.00", order_number="SC-001")
    [found] = propose([ours], [document("r", number="SC-001", party="acme", amount="1000.00")], "invoices")
    assert (found.sure, found.evidence) == (False, ("same company", "same order number", "same total"))


def test_documents_that_agree_in_all_three_are_the_same_whatever_their_dates():
    assert matched([document("l", **ALL)], [document("r", days=400, **ALL)]) == [("l", "r", True)]


cards = st.builds(
    document,
    id=st.uuids().map(str),
    number=st.sampled_from(["", "1", "2", "SC-1"]),
    days=st.integers(0, 90),
    active=st.booleans(),
    party=st.sampled_from(["", "acme", "birch"]),
    amount=st.sampled_from(["", "0.00", "10.00", "10", "20.00"]),
    order_number=st.sampled_from(["", "SC-1"]),
)


def agreeing(one, other):
    """In which of the three two documents agree by their own facts."""
    amounts = [Decimal(card.evidence["amount"]) if card.evidence["amount"] else None for card in (one, other)]
    return [
        one.evidence["party"] == other.evidence["party"] != "",
        one.number == other.number is not None,
        amounts[0] == amounts[1] is not None,
    ]


@pytest.mark.feature("ACC-4")
@given(st.lists(cards, max_size=6), st.lists(cards, max_size=6))
def test_nothing_is_sure_without_all_three_or_with_a_rival(left, right):
    lefts, rights = ({card.id: card for card in side} for side in (left, right))
    for one in propose(left, right, "commitments"):
        ours, theirs = lefts[one.left_id], rights[one.right_id]
        named = {ours.evidence["order_number"], ours.number} & {theirs.evidence["order_number"], theirs.number}
        assert sum(agreeing(ours, theirs)) + (not agreeing(ours, theirs)[1] and bool(named - {"", None})) >= 2
        if one.sure:
            assert all(agreeing(ours, theirs))
            rivals = [all(agreeing(ours, card)) and card.active for card in right if card != theirs]
            rivals += [all(agreeing(card, theirs)) and card.active for card in left if card != ours]
            assert not any(rivals)


@given(st.lists(cards, max_size=6), st.lists(cards, max_size=6))
def test_it_is_the_same_from_either_side(left, right):
    there = {(p.left_id, p.right_id, p.score, p.sure) for p in propose(left, right, "commitments")}
    back = {(p.right_id, p.left_id, p.score, p.sure) for p in propose(right, left, "commitments")}
    assert there == back


def test_thousands_of_documents_are_matched_in_about_a_second():
    sides = [[document(f"{side}{i}", f"SC-{i}", party="acme", amount=f"{i}.00") for i in range(3000)] for side in "lr"]
    assert {sure for *_, sure in matched(*sides)} == {True}
