"""What an hour costs: the one rate that holds for an employee, a day and a time type."""

from __future__ import annotations

import datetime as dt
from decimal import ROUND_HALF_UP, Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jobledger.errors import FixTheRecord
from jobledger.mapping.context import Context, NotYet
from jobledger.mapping.labour import Rate, labour_amount, labour_code, labour_rate, overlapping, rate_on

BEGAN = dt.date(2026, 1, 1)
TYPES = ("", "Regular Time", "Overtime")

pytestmark = pytest.mark.feature("SMX-QBO-78")


def day(number: int) -> dt.date:
    return BEGAN + dt.timedelta(days=number)


@st.composite
def tables(draw: st.DrawFn) -> list[Rate]:
    """Rates of two employees by time type, in periods that never overlap, in any order."""
    found = []
    for employee in ("7", "8"):
        for kind in TYPES:
            bounds = sorted(draw(st.sets(st.integers(0, 60), max_size=6)))
            for first, last in zip(bounds[::2], bounds[1::2], strict=False):
                rate = draw(st.decimals(0, 500, places=4))
                found.append(Rate(employee, kind, day(first), day(last), rate))
    return list(draw(st.permutations(found)))


@given(tables(), st.sampled_from(["7", "8"]), st.integers(-1, 61), st.sampled_from([*TYPES, "Double Time", None]))
def test_the_rate_is_that_of_the_type_on_the_day_else_that_for_any_type(
    rates: list[Rate], employee: str, number: int, kind: str | None
) -> None:
    assert overlapping(rates) == []

    def stated(wanted: str | None) -> Decimal | None:
        of_day = (one for one in rates if one.valid_from <= day(number) <= (one.valid_to or dt.date.max))
        found = [one.rate for one in of_day if (one.employee_id, one.time_type) == (employee, wanted or "")]
        assert len(found) <= 1
        return found[0] if found else None

    own, general = stated(kind), stated("")
    assert rate_on(rates, employee, day(number), kind) == (own if own is not None else general)


@given(st.decimals(0, 24, places=2), st.decimals(0, 500, places=4))
def test_hours_times_rate_is_rounded_once_half_up_to_the_cent(hours: Decimal, rate: Decimal) -> None:
    context = Context(record={"date": "2026-03-02", "employee_id": 7}, rates=lambda *_: rate)
    amount = labour_amount(hours, None, context)
    assert amount == (hours * rate).quantize(Decimal("0.01"), ROUND_HALF_UP)
    assert abs(amount - hours * rate) <= Decimal("0.005")


@given(st.integers(0, 30), st.integers(0, 30), st.integers(0, 30), st.integers(0, 30))
def test_two_periods_overlap_when_some_day_is_in_both(first: int, one: int, second: int, other: int) -> None:
    a, b = (
        Rate("7", " overtime", day(start), day(start + days), Decimal(1))
        for start, days in ((first, one), (second, other))
    )
    both = any(a.holds_on(day(number)) and b.holds_on(day(number)) for number in range(70))
    assert a.meets(b) == b.meets(a) == bool(overlapping([a, b])) == both


def test_a_rate_without_a_last_day_holds_for_ever() -> None:
    rate = Rate("7", "", BEGAN, None, Decimal(40))
    assert rate_on([rate], "7", dt.date(2099, 1, 1), "Overtime") == Decimal(40)
    assert rate_on([rate], "7", BEGAN - dt.timedelta(days=1), None) is None
    assert rate_on([rate], "8", BEGAN, None) is None


def test_an_hour_without_a_rate_says_whose_when_and_what_to_do() -> None:
    record = {"date": "2026-03-02", "time_type": "Overtime", "employee_id": 7, "employee": {"name": "Ana Ruiz"}}
    with pytest.raises(NotYet) as missing:
        labour_rate(8, None, Context(record=record, settings={"name": "acme"}))
    assert missing.value.missing.why == "Ana Ruiz has no rate for Overtime on 2026-03-02"
    assert "labour rates import acme FILE.csv" in missing.value.missing.remedy


@pytest.mark.feature("SMX-QBO-79")
def test_a_line_of_time_has_its_own_cost_type_or_the_one_of_the_setting() -> None:
    assert labour_code({"cost_code": "06-100", "cost_type": "O"}, "L", Context()) == "06-100.O"
    assert labour_code({"cost_code": "06-100", "cost_type": None}, "L", Context()) == "06-100.L"
    with pytest.raises(FixTheRecord, match="no cost code"):
        labour_code({"cost_code": None}, "L", Context())
