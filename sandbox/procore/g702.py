"""What an invoice amounts to, as the forms G702 (summary) and G703 (lines) reckon it. Pure arithmetic.

Per line: `work_completed_this_period` (E) is gross of retainage; D is the work of earlier invoices; F the materials
presently stored, in neither D nor E; G = D + E + F. Retainage is held on work (retained less released, all invoices)
and on stored materials (what is currently retained). Summary: total earned less retainage, less what earlier invoices
certified, is the current payment due.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property

from sandbox.procore.fields import amount, dec
from sandbox.world import Record

ZERO = Decimal(0)


@dataclass(frozen=True)
class Before:
    """What earlier invoices of the commitment say about one line."""

    work: Decimal = ZERO
    quantity: Decimal = ZERO
    work_retainage: Decimal = ZERO
    materials: Decimal = ZERO
    materials_retainage: Decimal = ZERO
    progress_id: int | None = None

    @property
    def completed_and_stored(self) -> Decimal:
        """G of the previous invoice."""
        return self.work + self.materials

    @property
    def retainage(self) -> Decimal:
        """What is held."""
        return self.work_retainage + self.materials_retainage

    def then(self, item: Record) -> Before:
        """The same after one more invoice."""
        return Before(
            work=self.work + dec(item.get("work_completed_this_period")),
            quantity=self.quantity + dec(item.get("work_completed_this_period_quantity")),
            work_retainage=self.work_retainage + work_retainage_change(item),
            materials=dec(item.get("materials_presently_stored")),
            materials_retainage=dec(item.get("materials_stored_retainage_currently_retained")),
            progress_id=item["id"],
        )


@dataclass(frozen=True)
class Line:
    """One line of an invoice: its scheduled value, what came before, and what this invoice says."""

    scheduled: Decimal
    before: Before
    item: Record
    from_change_order: bool
    tax_rate: Decimal = ZERO

    @cached_property
    def after(self) -> Before:
        """Where the line stands with this invoice."""
        return self.before.then(self.item)

    @property
    def gross(self) -> Decimal:
        """What this invoice bills, before retainage."""
        return self.after.completed_and_stored - self.before.completed_and_stored

    @property
    def net(self) -> Decimal:
        """What this invoice bills, after retainage."""
        return self.gross - (self.after.retainage - self.before.retainage)


def work_retainage_change(item: Record) -> Decimal:
    """Retained less released on work, this period."""
    return dec(item.get("work_completed_retainage_retained_this_period")) - dec(
        item.get("work_completed_retainage_released_this_period")
    )


def percent(part: Decimal, whole: Decimal) -> str:
    """A share in percent, two decimals; of nothing it is zero."""
    return amount(part / whole * 100 if whole else ZERO)


def total(values: Iterable[Decimal]) -> Decimal:
    """A sum."""
    return sum(values, ZERO)


def line_figures(line: Line) -> Record:
    """The computed figures of one line."""
    before, after, item = line.before, line.after, line.item
    released = dec(item.get("materials_stored_retainage_released_this_period"))
    return {
        "scheduled_value": amount(line.scheduled),
        "work_completed_from_previous_application": amount(before.work),
        "work_completed_from_previous_application_quantity": format(before.quantity, "f"),
        "work_completed_retainage_from_previous_application": amount(before.work_retainage),
        "materials_presently_stored_from_previous_progress": amount(before.materials),
        "materials_stored_retainage_new_materials": amount(
            after.materials_retainage - before.materials_retainage + released
        ),
        "materials_moved": "0.00",
        "materials_retainage_retained_moved": "0.00",
        "total_completed_and_stored_to_date": amount(after.completed_and_stored),
        "total_completed_and_stored_to_date_percent": percent(after.completed_and_stored, line.scheduled),
        "total_completed_and_stored_to_date_from_previous": amount(before.completed_and_stored),
        "gross_amount": amount(line.gross),
        "net_amount": amount(line.net),
        "previous_progress_id": before.progress_id,
    }


def summary(lines: list[Line], contract_sum: Decimal, tax_in_due: bool) -> Record:
    """The summary. `tax_in_due`: whether tax is part of the current payment due."""
    changes = [line for line in lines if line.from_change_order]
    to_date = contract_sum + total(line.scheduled for line in changes)
    work = total(line.after.work_retainage for line in lines)
    materials = total(line.after.materials_retainage for line in lines)
    completed = total(line.after.completed_and_stored for line in lines)
    certified = total(line.before.completed_and_stored - line.before.retainage for line in lines)
    tax = total(line.gross * line.tax_rate / 100 for line in lines)
    earned = completed - work - materials
    figures = {
        "original_contract_sum": contract_sum,
        "contract_sum_to_date": to_date,
        "total_completed_and_stored_to_date": completed,
        "completed_work_retainage_amount": work,
        "stored_materials_retainage_amount": materials,
        "total_retainage": work + materials,
        "total_earned_less_retainage": earned,
        "less_previous_certificates_for_payment": certified,
        "tax_applicable_to_this_payment": tax,
        "current_payment_due": earned - certified + (tax if tax_in_due else ZERO),
        "balance_to_finish_including_retainage": to_date - earned,
    }
    return {
        **{name: amount(value) for name, value in figures.items()},
        **_change_orders(changes),
        **_materials(lines, materials),
        "completed_work_retainage_percent": percent(work, total(line.after.work for line in lines)),
        "percent_complete": percent(completed, to_date),
    }


def _change_orders(changes: list[Line]) -> Record:
    """Additions and deductions; new are those that no earlier invoice held."""
    new = [line for line in changes if line.before.progress_id is None]
    previous = [line for line in changes if line.before.progress_id is not None]
    found = {"net_change_by_change_orders": amount(total(line.scheduled for line in changes))}
    for name, group in (("", changes), ("new_", new), ("previous_", previous)):
        values = [line.scheduled for line in group]
        found[f"positive_{name}change_order_item_total"] = amount(total(value for value in values if value > 0))
        found[f"negative_{name}change_order_item_total"] = amount(total(value for value in values if value < 0))
    return found


def _materials(lines: list[Line], retained: Decimal) -> Record:
    """Materials new this period, and those of before that are still stored."""
    stored = total(line.after.materials for line in lines)
    new = total(line.after.materials - line.before.materials for line in lines)
    return {
        "new_materials": amount(new),
        "stored_materials": amount(stored - new),
        "stored_materials_retainage_percent": percent(retained, stored),
    }
