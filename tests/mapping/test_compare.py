"""The three-way comparison: no edit is lost, neither ours nor that of a person in the other product (ACC-6)."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jobledger.errors import FixTheSetup
from jobledger.mapping.canonical import same
from jobledger.mapping.compare import Change, Comparison, Conflict, compare, owners_of, side_of
from jobledger.mapping.flow import Flow

MINE = {"f": "procore"}


def one_field(ours, sent, theirs, seen, owners=MINE, side="procore"):
    return compare({"f": ours}, sent, {"f": theirs}, seen, owners, side)


@pytest.mark.feature("ACC-6")
@pytest.mark.parametrize(
    ("ours", "sent", "theirs", "seen", "found"),
    [
        ("a", "a", "a", "a", Comparison([], [], [])),
        ("b", "a", "a", "a", Comparison([Change("f", "a", "b")], [], [])),
        ("a", "a", "b", "a", Comparison([], [Change("f", "a", "b")], [])),
        ("b", "a", "c", "a", Comparison([], [], [Conflict("f", "b", "c", "a")])),
        ("b", "a", "b", "a", Comparison([], [], [])),
        ("", None, None, "", Comparison([], [], [])),
        (None, "a", "a", "a", Comparison([Change("f", "a", None)], [], [])),
        ("a", "a", "A", "A", Comparison([], [], [])),
        (Decimal("1.50"), Decimal("1.5"), Decimal("1.5"), Decimal("1.500"), Comparison([], [], [])),
    ],
)
def test_each_case_of_two_sides_and_their_past(ours, sent, theirs, seen, found):
    assert one_field(ours, {"f": sent}, theirs, {"f": seen}) == found


@pytest.mark.feature("ACC-6")
@pytest.mark.parametrize("owner", ["accounting", "create_only", "none"])
def test_a_field_of_another_owner_is_neither_changed_nor_reported(owner):
    assert one_field("b", {"f": "a"}, "c", {"f": "a"}, {"f": owner}) == Comparison([], [], [])


def test_the_books_write_what_the_books_own():
    assert one_field("b", {"f": "a"}, "a", {"f": "a"}, {"f": "accounting"}, "accounting").changes


@pytest.mark.parametrize(("sent", "seen"), [(None, None), ({}, {}), (None, {"f": "x"})])
def test_a_field_that_was_never_in_step_is_filled_but_not_overwritten(sent, seen):
    assert one_field("b", sent, None, seen).changes == [Change("f", None, "b")]
    assert one_field("b", sent, "x", seen) == Comparison([], [Change("f", "b", "x")], [])


VALUES = st.sampled_from([None, "", "a", "b", "c", Decimal("1.0"), Decimal("1.00")])
STATES = st.none() | st.fixed_dictionaries({}, optional={"f": VALUES})


@given(VALUES, STATES, VALUES, STATES)
def test_no_edit_is_ever_lost(ours, sent, theirs, seen):
    changes, shown, conflicts = one_field(ours, sent, theirs, seen)
    in_step = sent is not None and seen is not None and "f" in sent
    they_changed = in_step and not same(theirs, seen.get("f"))
    we_changed = in_step and not same(ours, sent["f"])
    if they_changed and not same(ours, theirs):
        assert not changes, "a person's edit would be overwritten"
        assert shown or conflicts
    if we_changed and not same(ours, theirs):
        assert changes or conflicts, "our edit would be forgotten"
    if same(ours, theirs):
        assert not (changes or shown or conflicts)
    assert len(changes) + len(shown) + len(conflicts) <= 1


FLOW = {
    "name": "companies",
    "title": "t",
    "kind": "companies",
    "from": "procore.vendors",
    "to": "xero.contacts",
    "natural_key": ["Name"],
    "fields": {"Name": {"value": "name", "owner": "settings.owners.name"}, "City": "city"},
}


def test_owners_may_be_settings():
    owners = owners_of(Flow.model_validate(FLOW), {"owners": {"name": "accounting"}})
    assert owners == {"Name": "accounting", "City": "create_only"}


def test_a_setting_that_is_no_owner_is_a_fault_of_the_setup():
    with pytest.raises(FixTheSetup, match=r"fields\.Name\.owner"):
        owners_of(Flow.model_validate(FLOW), {"owners": {"name": "xero"}})


def test_the_side_that_writes_is_that_of_the_source():
    assert side_of(Flow.model_validate(FLOW)) == "procore"
    assert side_of(Flow.model_validate(FLOW | {"from": "xero.contacts", "to": "procore.vendors"})) == "accounting"
