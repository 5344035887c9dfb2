"""Converters: each does what its documentation says, to the cent, and refuses what it cannot take."""

import doctest
import importlib
from contextlib import suppress
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jobledger.errors import FixTheRecord
from jobledger.mapping.context import Context, Linked, NotYet
from jobledger.mapping.converters import CONVERTERS, money
from tests.mapping.shipped import settings_of

DOCS = Path(__file__).parents[2] / "docs" / "mapping.md"
MODULES = ["cards", "path", "converters", "labour", "paperwork", "placing", "canonical", "names"]
SETTINGS = settings_of("quickbooks_online") | {"schedules": {"timezone": "America/Denver"}}


@pytest.mark.parametrize("name", MODULES)
def test_examples_in_the_documentation_of_functions_are_true(name):
    found = doctest.testmod(importlib.import_module(f"jobledger.mapping.{name}"), extraglobs={"Linked": Linked})
    assert found.attempted > 0
    assert found.failed == 0


def test_every_converter_has_an_example_and_a_line_in_the_manual():
    rows = [line.split("`")[1] for line in DOCS.read_text().splitlines() if line.startswith("| `")]
    documented = {row.partition(":")[0] for row in rows}
    assert documented == set(CONVERTERS)
    folder = Path(__file__).parents[2] / "plugins/jobledger/mapping"
    files = ("cards", "converters", "labour", "paperwork", "placing")
    source = "".join((folder / f"{name}.py").read_text() for name in files)
    assert [name for name in CONVERTERS if f">>> {name}(" not in source] == []


@given(st.decimals(allow_nan=True, allow_infinity=True))
def test_money_is_exact_or_refused_and_never_rounded(value):
    try:
        result = money(value)
    except FixTheRecord:
        return
    assert result == value
    assert result.as_tuple().exponent == -2


@given(st.integers(-(10**15), 10**15))
def test_every_amount_of_whole_cents_is_taken(cents):
    amount = Decimal(cents) / 100
    assert money(str(amount)) == amount


@pytest.mark.parametrize("value", ["12.345", "0.001", 12.5, True, "NaN", "1e30", "twelve", ""])
def test_an_amount_that_is_not_whole_cents_is_refused(value):
    with pytest.raises(FixTheRecord):
        money(value)


ARGUMENTS = {
    "at_most": 5,
    "one_of": ("a", "b"),
    "lookup": {"a": "b"},
    "spelled": ("a=b",),
    "on_account": ("cost_codes", "cost_code_accounts"),
    "budget_code": ("cost_codes", "cost_code_classes"),
    "tagged_code": ("cost_codes", "cost_types"),
}


@pytest.mark.parametrize("name", CONVERTERS)
@given(value=st.one_of(st.text(), st.integers(), st.floats(), st.booleans(), st.datetimes(), st.dates(), st.just([])))
def test_no_value_makes_a_converter_crash(name, value):
    argument = ARGUMENTS.get(name, "x")
    with suppress(FixTheRecord, NotYet):
        CONVERTERS[name].function(value, argument, Context(settings=SETTINGS))


def test_what_is_cut_is_noted():
    context = Context()
    assert CONVERTERS["at_most"].function("Cast-in-place concrete", 13, context) == "Cast-in-place"
    assert context.notes == ["'Cast-in-place concrete' is cut to 13 characters."]


@pytest.mark.parametrize(
    ("name", "value", "code"),
    [
        ("state_code", "New South Wales", "NSW"),
        ("state_code", "québec", "QC"),
        ("state_code", " d.c. ", "DC"),
        ("country_code", "U.S.A.", "US"),
        ("country_code", "Slovenia", None),
        ("country_code", "si", "SI"),
        ("state_code", "Bavaria", None),
    ],
)
def test_places_become_codes_and_unknown_ones_are_left_out_with_a_note(name, value, code):
    context = Context()
    assert CONVERTERS[name].function(value, None, context) == code
    assert bool(context.notes) == (code is None)


def test_a_moment_is_the_day_where_the_project_is():
    local = CONVERTERS["local_date"].function
    assert local("2026-05-01T05:59:00Z", None, Context(settings=SETTINGS)).isoformat() == "2026-04-30"
    assert local("2026-05-01T06:00:00Z", None, Context(settings=SETTINGS)).isoformat() == "2026-05-01"
    assert local("2026-05-01", None, Context(settings=SETTINGS)).isoformat() == "2026-05-01"
