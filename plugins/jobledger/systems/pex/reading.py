"""What one integration's settings say about PEX."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from zoneinfo import ZoneInfo

from jobledger.integration import Integration
from jobledger.settings import PexTags

UTC = ZoneInfo("UTC")
PROJECTS, COST_CODES, COST_TYPES = "projects", "cost_codes", "cost_types"


@dataclass(frozen=True)
class Reading:
    """How PEX is read. `tags`: the tag that means projects, cost codes and cost types, by its name or id.

    `filled` are those of them whose options come from Procore. Days of purchases are in the time zone `zone`; those
    before `cutover` are not carried, so nobody asks for their receipts.
    """

    tags: Mapping[str, str] = field(default_factory=lambda: PexTags().model_dump())
    filled: frozenset[str] = frozenset({PROJECTS, COST_CODES, COST_TYPES})
    approved_only: bool = True
    look_back: timedelta = timedelta(days=60)
    zone: ZoneInfo = UTC
    cutover: date | None = None


def reading_of(integration: Integration) -> Reading:
    """What an integration's settings say about PEX."""
    pex = integration.pex
    filled = {
        PROJECTS: pex.projects_tag or pex.projects != "all",
        COST_CODES: pex.cost_codes_tag,
        COST_TYPES: pex.cost_types_tag,
    }
    return Reading(
        tags=pex.tags.model_dump(),
        filled=frozenset(name for name, is_on in filled.items() if is_on),
        approved_only=pex.purchases == "approved_only",
        look_back=timedelta(days=pex.look_back_days),
        zone=integration.timezone,
        cutover=integration.cutover,
    )
