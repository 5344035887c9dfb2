"""What an invoice of this period amounts to, by the forms G702 (summary) and G703 (lines). Pure arithmetic, in Decimal.

Procore's lines: work of this period is gross of retainage; `total_completed_and_stored_to_date` holds earlier work,
this period's, and the materials presently stored. Retainage on work is told per period, held and released apart; of
materials only what is held now is told, so what was held before follows from the earlier certificates.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from jobledger.systems.procore.values import cents, dec, total

Item = Mapping[str, Any]


@dataclass(frozen=True)
class Retainage:
    """Retainage of one period on work and materials, both to the cent and never below zero; they are not netted."""

    held: Decimal
    released: Decimal


def this_period(item: Item) -> Decimal:
    """What a line bills in this period, before retainage: completed and stored to date, less the same before (ACC-15).

    Stored materials that are used up are in both figures, so that they are billed once.
    """
    to_date = dec(item.get("total_completed_and_stored_to_date"))
    return to_date - dec(item.get("total_completed_and_stored_to_date_from_previous"))


def retainage(items: Sequence[Item], certified: Decimal) -> Retainage:
    """Held and released in this period (ACC-18). `certified`: what earlier invoices earned less their retainage.

    Where more is let go of than is held anew (a credit), held is nothing and the rest counts as released.
    """
    held = _sum(items, "work_completed_retainage_retained_this_period") + _materials_held(items, certified)
    return _settled(held, _released(items))


def stated_retainage(items: Sequence[Item]) -> Retainage:
    """The same where what is held on materials in this period is told too, as owner invoices do."""
    held = _sum(items, "work_completed_retainage_retained_this_period")
    held += _sum(items, "materials_stored_retainage_retained_this_period")
    return _settled(held, _released(items))


def _released(items: Sequence[Item]) -> Decimal:
    released = _sum(items, "work_completed_retainage_released_this_period")
    return released + _sum(items, "materials_stored_retainage_released_this_period")


def _settled(held: Decimal, released: Decimal) -> Retainage:
    return Retainage(
        max(held, Decimal(0)) + max(-released, Decimal(0)), max(released, Decimal(0)) + max(-held, Decimal(0))
    )


def _materials_held(items: Sequence[Item], certified: Decimal) -> Decimal:
    """Retainage newly held on materials: what is held now, less what was held before, plus what was released."""
    before = _sum(items, "total_completed_and_stored_to_date_from_previous") - certified
    on_materials = before - _sum(items, "work_completed_retainage_from_previous_application")
    now = _sum(items, "materials_stored_retainage_currently_retained")
    return now - on_materials + _sum(items, "materials_stored_retainage_released_this_period")


def split(amount: Decimal, weights: Sequence[Decimal]) -> list[Decimal]:
    """An amount in proportion to weights, each share to the cent (half up), the remainder on the last (ACC-15).

    Weights that add up to nothing say nothing: the last gets all.
    """
    whole = total(weights)
    shares = [cents(amount * weight / whole) if whole else Decimal(0) for weight in weights[:-1]]
    return [*shares, amount - total(shares)]


def _sum(items: Sequence[Item], name: str) -> Decimal:
    return total(dec(item.get(name)) for item in items)
