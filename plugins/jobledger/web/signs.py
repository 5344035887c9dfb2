"""The sign of each state, so that no page tells a state by colour alone (XER-102)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal, NamedTuple


class Sign(NamedTuple):
    """A character, and how serious it is."""

    mark: str
    tone: Literal["", "good", "held", "bad"] = ""


SIGNS: Mapping[str, Sign] = {
    "created": Sign("+", "good"),
    "updated": Sign("±", "good"),
    "unchanged": Sign("=", "good"),
    "removed": Sign("−"),
    "planned": Sign("○"),
    "waiting": Sign("…", "held"),
    "blocked": Sign("‖", "bad"),
    "invalid": Sign("✗", "bad"),
    "conflict": Sign("≠", "bad"),
    "failed": Sign("!", "bad"),
    "unknown": Sign("?", "bad"),
    "opening": Sign("|"),
    "not_chosen": Sign("·"),
    "dismissed": Sign("×"),
    "sent": Sign("→"),
    "retrieved": Sign("←"),
    "accepted": Sign("✓", "good"),
    "rejected": Sign("✗", "bad"),
    "linked": Sign("⇄", "good"),
    "not_linked": Sign("○"),
    "archived": Sign("▪"),
    "done": Sign("✓", "good"),
    "queued": Sign("○"),
    "running": Sign("▸"),
    "reading": Sign("▸"),
    "read": Sign("▸"),
    "writing": Sign("▸"),
}
"""State of a record, an approval, a link or a run -> its sign."""


def sign(state: str) -> Sign:
    """The sign of a state."""
    return SIGNS[state]
