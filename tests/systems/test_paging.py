"""Lists that move while they are read: nothing that was there throughout is lost, nothing comes twice."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jobledger.errors import FixTheSetup, RetryLater
from jobledger.systems.paging import MOST_PASSES, Sheet, chunks, read_whole

NOW = datetime(2026, 3, 2, 8, 0, tzinfo=UTC)
SIZE = 3


class Moving:
    """A vendor's list, paged by number in the order of ids; after each page the next change happens."""

    def __init__(self, ids: set[int], changes: list[tuple[str, int]]) -> None:
        self.ids = set(ids)
        self.changes = list(changes)
        self.removed: set[int] = set()
        self.passes = 0

    def sheets(self) -> Iterator[Sheet]:
        self.passes += 1
        page = 0
        while True:
            rows = sorted(self.ids)
            yield Sheet([{"id": one} for one in rows[page * SIZE : (page + 1) * SIZE]], NOW, len(rows))
            page += 1
            if page * SIZE >= len(rows):
                return
            self._move()

    def _move(self) -> None:
        if not self.changes:
            return
        kind, one = self.changes.pop(0)
        if kind == "add":
            self.ids.add(one)
        elif one in self.ids:
            self.ids.remove(one)
            self.removed.add(one)


def read(moving: Any) -> list[int]:
    pages = read_whole(moving.sheets, lambda row: str(row["id"]), "things")
    return [row["id"] for page in pages for row in page.rows]


@given(
    st.sets(st.integers(0, 40), max_size=25),
    st.lists(st.tuples(st.sampled_from(["add", "remove"]), st.integers(0, 40)), max_size=1),
)
def test_one_change_between_two_pages_loses_nothing(ids: set[int], changes: list[tuple[str, int]]) -> None:
    moving = Moving(ids, changes)
    got = read(moving)
    assert len(got) == len(set(got))
    assert moving.ids - {one for kind, one in changes if kind == "add"} <= set(got)


@given(st.sets(st.integers(0, 60), min_size=4, max_size=40), st.integers(0, 2))
def test_removals_that_shift_every_page_lose_nothing(ids: set[int], every: int) -> None:
    first = sorted(ids)[: every + 1]
    moving = Moving(ids, [("remove", one) for one in first])
    assert ids - set(first) <= set(read(moving))


def test_a_list_at_rest_is_read_once() -> None:
    moving = Moving(set(range(20)), [])
    assert (read(moving), moving.passes) == (list(range(20)), 1)


def test_a_list_without_a_count_is_one_pass() -> None:
    class Bare:
        def sheets(self) -> Iterator[Sheet]:
            yield Sheet([{"id": 1}, {"id": 2}, {"id": 1}], NOW)

    assert read(Bare()) == [1, 2]


def test_a_wrong_count_is_settled_by_two_passes_that_agree() -> None:
    class Wrong:
        passes = 0

        def sheets(self) -> Iterator[Sheet]:
            self.passes += 1
            yield Sheet([{"id": 1}, {"id": 2}], NOW, 7)

    wrong = Wrong()
    assert (read(wrong), wrong.passes) == ([1, 2], 2)


def test_a_list_that_never_comes_to_rest_is_for_later() -> None:
    class Restless:
        passes = 0

        def sheets(self) -> Iterator[Sheet]:
            self.passes += 1
            yield Sheet([{"id": self.passes}], NOW, 5)

    restless = Restless()
    with pytest.raises(RetryLater, match="list of things kept changing"):
        read(restless)
    assert restless.passes == MOST_PASSES


@pytest.mark.parametrize("row", [{"name": "no id"}, None, [1]])
def test_records_of_another_shape_stop_the_reading_in_words(row: Any) -> None:
    class Changed:
        def sheets(self) -> Iterator[Sheet]:
            yield Sheet([row], NOW, 1)

    with pytest.raises(FixTheSetup, match="things: has a record without an id"):
        read(Changed())


def test_chunks_hold_each_id_once() -> None:
    assert list(chunks(["a", "b", "a", "c"], 2)) == [["a", "b"], ["c"]]
