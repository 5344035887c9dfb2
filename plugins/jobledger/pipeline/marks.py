"""Our own id inside a record that we create: by it the record is recognised whatever became of our tables."""

from __future__ import annotations

from jobledger.mapping.flow import Flow
from jobledger.systems.base import Card


def mark_for(flow: Flow, source_id: str) -> str:
    """The mark that a record made from this source record carries: `procore-4711`, or `procore-cost-4711`."""
    return "-".join(filter(None, (flow.source_system, flow.marked_as, source_id)))


def marked_source(flow: Flow, card: Card) -> str | None:
    """The id of the target record that our mark or origin_id in this source record names, or None if there is none."""
    for text, prefix in (
        (card.mark, f"{flow.target_system}-"),
        (card.evidence.get("origin_id"), f"{flow.target_system}:"),
    ):
        if text and text.startswith(prefix):
            return text.removeprefix(prefix).rpartition(":")[2]
    return None
