"""Waiting between attempts: bounded, growing, never negative, whatever a vendor writes."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jobledger.systems.attempts import LONGEST_PAUSE, LONGEST_RETRY_AFTER, pause_before, retry_after

NOW = datetime(2026, 3, 2, 8, 0, tzinfo=UTC)
CHANCE = st.floats(0, 1)


@given(st.text() | st.integers().map(str) | st.floats().map(str))
def test_any_retry_after_is_a_bounded_wait_or_none(text: str) -> None:
    wait = retry_after({"Retry-After": text}, NOW)
    assert wait is None or 0 <= wait <= LONGEST_RETRY_AFTER


@given(st.integers(0, int(LONGEST_RETRY_AFTER)))
def test_seconds_and_the_same_moment_as_a_date_mean_the_same(seconds: int) -> None:
    date = format_datetime(NOW + timedelta(seconds=seconds), usegmt=True)
    assert retry_after({"Retry-After": date}, NOW) == seconds == retry_after({"Retry-After": str(seconds)}, NOW)


@pytest.mark.parametrize("text", ["", "soon", "-5", "NaN", "inf", "1e9", "Mon, 99 Foo 2026"])
def test_what_makes_no_sense_is_no_wait(text: str) -> None:
    assert retry_after({"Retry-After": text}, NOW) is None


def test_an_absurd_wait_is_taken_for_a_day() -> None:
    assert retry_after({"Retry-After": "1000000"}, NOW) == LONGEST_RETRY_AFTER


def test_a_date_that_has_passed_is_no_wait_at_all() -> None:
    assert retry_after({"Retry-After": format_datetime(NOW - timedelta(hours=1), usegmt=True)}, NOW) == 0


@given(st.integers(2, 10_000), CHANCE)
def test_pauses_are_positive_and_bounded(attempt: int, chance: float) -> None:
    assert 0 < pause_before(attempt, None, chance) <= LONGEST_PAUSE


@given(st.integers(2, 10_000), CHANCE)
def test_pauses_never_get_shorter(attempt: int, chance: float) -> None:
    assert pause_before(attempt, None, chance) <= pause_before(attempt + 1, None, chance)


@given(st.floats(0, LONGEST_RETRY_AFTER), CHANCE)
def test_what_the_vendor_asks_for_is_never_cut_short(asked: float, chance: float) -> None:
    assert pause_before(2, asked, chance) >= asked
