"""Finding the pairs worth a look among many records, without comparing each with each."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple, Protocol, TypeVar

T = TypeVar("T")
Keys = Callable[[T], Iterable[Hashable]]

LARGEST_BLOCK = 50
"""A key shared by more records than this says nothing about any of them."""


class Named(Protocol):
    """What automap needs of a catalog card (`systems.base.Card`)."""

    @property
    def id(self) -> str:
        """The record's id."""

    @property
    def name(self) -> str:
        """Its name."""

    @property
    def number(self) -> str | None:
        """Its number or code."""

    @property
    def active(self) -> bool:
        """Whether it is in use."""

    @property
    def evidence(self) -> Mapping[str, str]:
        """Phone, e-mail and place, under the names phone, fax, email, city, postal_code, tax_number."""

    @property
    def merged_into(self) -> str | None:
        """The survivor of a merge."""


class Proposal(NamedTuple):
    """Two records that may be one thing. Only a `sure` one may be linked without a person; `score` is 0 to 1."""

    left_id: str
    right_id: str
    score: float
    sure: bool
    evidence: tuple[str, ...]


def index(records: Iterable[T], keys: Keys[T]) -> dict[Hashable, list[T]]:
    """The records by key."""
    found: dict[Hashable, list[T]] = defaultdict(list)
    for record in records:
        for key in keys(record):
            found[key].append(record)
    return found


def equal_pairs(left: Sequence[T], right: Sequence[T], keys: Keys[T]) -> Iterator[tuple[T, T, int]]:
    """Pairs with an equal key, and how many records of one side share it: 1 means that the pair stands alone."""
    lefts, rights = index(left, keys), index(right, keys)
    for key, ours in lefts.items():
        theirs = rights.get(key, [])
        if len(ours) * len(theirs) <= LARGEST_BLOCK**2:
            yield from ((one, other, max(len(ours), len(theirs))) for one in ours for other in theirs)


def blocked_pairs(left: Sequence[T], right: Sequence[T], key_kinds: Sequence[Keys[T]]) -> Iterator[tuple[T, T]]:
    """Pairs that share a key of any kind, each once. Keys that too many records share are passed over."""
    seen: set[tuple[int, int]] = set()
    for keys in key_kinds:
        blocks = index(enumerate(right), lambda entry, keys=keys: keys(entry[1]))  # type: ignore[misc]
        for at, one in enumerate(left):
            for there, other in _block(one, keys, blocks):
                if (at, there) not in seen:
                    seen.add((at, there))
                    yield one, other


def _block(one: T, keys: Keys[T], blocks: Mapping[Hashable, list[tuple[int, T]]]) -> Iterator[tuple[int, T]]:
    for key in keys(one):
        block = blocks.get(key, [])
        if len(block) <= LARGEST_BLOCK:
            yield from block
