"""Billing periods, subcontractor invoices with stored materials and retainage, and payments typed into Procore."""

from __future__ import annotations

from calendar import monthrange
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from random import Random

from sandbox.datasets import scripted
from sandbox.datasets.contracts import FINISHED, TODAY, cents
from sandbox.datasets.model import (
    ZERO,
    BillingPeriod,
    ChangeOrder,
    Commitment,
    Invoice,
    Payment,
    Progress,
    Project,
)
from sandbox.datasets.scripted import Step

BILLED = {"Approved", "Complete", "Partially Received", "Received", "Closed"}
LAST_STATUSES = ("under_review", "approved", "draft", "under_review", "revise_and_resubmit", "pending_owner_approval")
PAID_UNTIL = date(2026, 8, 31)
STEP_PERCENT = 5


@dataclass(frozen=True)
class Item:
    """A line that can be invoiced, and from when: the contract's own lines have no change order."""

    change_order: str
    line: int
    amount: Decimal
    since: date


@dataclass(frozen=True)
class Standing:
    """Where a line stands after an invoice."""

    work: Decimal = ZERO
    stored: Decimal = ZERO
    held: Decimal = ZERO
    held_stored: Decimal = ZERO


def month_end(day: date) -> date:
    """The last day of the month."""
    return day.replace(day=monthrange(day.year, day.month)[1])


def months(first: date, last: date) -> list[date]:
    """The ends of the months from the one of `first` to the one of `last`."""
    ends = []
    end = month_end(first)
    while end <= month_end(last):
        ends.append(end)
        end = month_end(end + timedelta(days=1))
    return ends


def periods(projects: Sequence[Project]) -> tuple[BillingPeriod, ...]:
    """A month each from the start of a project to its finish or to this month, which alone is open."""
    return tuple(
        BillingPeriod(project.number, end.replace(day=1), end, end + timedelta(days=25), end == month_end(TODAY))
        for project in projects
        for end in months(project.start, min(project.finish, TODAY))
    )


def invoices(
    rng: Random, projects: Sequence[Project], commitments: Sequence[Commitment], change_orders: Sequence[ChangeOrder]
) -> tuple[Invoice, ...]:
    """All invoices of all commitments that are billed, each commitment's in their order."""
    orders = defaultdict(list)
    for order in change_orders:
        if order.status == "approved":
            orders[order.commitment].append(order)
    finish = {project.number: project.finish for project in projects}
    made: list[Invoice] = []
    for commitment in commitments:
        items = _items(commitment, orders[commitment.key])
        steps = scripted.STEPS.get(commitment.key) or _steps(rng, commitment, items, finish[commitment.project])
        made += bill(commitment, items, steps)
    return tuple(made)


def _items(commitment: Commitment, orders: Sequence[ChangeOrder]) -> tuple[Item, ...]:
    own = [Item("", index, line.amount, commitment.signed) for index, line in enumerate(commitment.lines)]
    changed = [
        Item(one.number, index, line.amount, one.dated) for one in orders for index, line in enumerate(one.lines)
    ]
    return (*own, *changed)


def bill(commitment: Commitment, items: Sequence[Item], steps: Sequence[Step]) -> Iterator[Invoice]:
    """One invoice per step. An item is on an invoice once it is agreed; percents are of its amount, to the cent."""
    standing = [Standing() for _ in items]
    for number, step in enumerate(steps, 1):
        present = [index for index, item in enumerate(items) if item.since <= step.end]
        progress = tuple(_progress(items[i], standing[i], step, i, commitment.retainage) for i in present)
        for index, line in zip(present, progress, strict=True):
            standing[index] = _after(standing[index], line)
        yield Invoice(
            commitment=commitment.key,
            number=number,
            vendor_number=step.number or f"{commitment.key[-3:].lstrip('0')}-{step.end:%y%m}",
            period_end=step.end,
            status=step.status,
            final=step.release == 100,
            progress=progress,
        )


def _progress(item: Item, before: Standing, step: Step, index: int, retainage: Decimal) -> Progress:
    work = cents(item.amount * step.done[index] / 100) - before.work
    stored = cents(item.amount * step.stored[index] / 100)
    held = cents(work * retainage / 100)
    return Progress(
        change_order=item.change_order,
        line=item.line,
        work=work,
        work_before=before.work,
        new_stored=max(stored - before.stored, ZERO),
        stored=stored,
        stored_before=before.stored,
        held=held,
        held_stored=cents(stored * retainage / 100),
        held_stored_before=before.held_stored,
        released=cents((before.held + held) * step.release / 100),
    )


def _after(before: Standing, line: Progress) -> Standing:
    return Standing(before.work + line.work, line.stored, before.held + line.held - line.released, line.held_stored)


def _steps(rng: Random, commitment: Commitment, items: Sequence[Item], finish: date) -> list[Step]:
    """Invoices up to October; where the commitment is finished, the last one bills all and releases the retainage."""
    ends = _invoiced_months(rng, commitment, finish)
    finished = commitment.status in FINISHED
    reach = 75 if finished else rng.randint(30, 95)
    offsets = [rng.randint(0, max(len(ends) // 2, 1)) for _ in items]
    done = stored = (0,) * len(items)
    steps = []
    for index, end in enumerate(ends):
        used_up = [before + (on_site and on_site + STEP_PERCENT) for before, on_site in zip(done, stored, strict=True)]
        wanted = [(index + 1 - offset) / len(ends) * reach for offset in offsets]
        done = tuple(_percent(item, end, least, to) for item, least, to in zip(items, used_up, wanted, strict=True))
        stored = _stored(rng, done)
        steps.append(Step(end, done, stored, _release(rng, index, commitment)))
    if steps and finished:
        steps[-1] = Step(ends[-1], (100,) * len(items), (0,) * len(items), 100)
    return _with_statuses(rng, steps, finished)


def _invoiced_months(rng: Random, commitment: Commitment, finish: date) -> list[date]:
    """Two to six months between signature and finish, the newest always; none for one commitment in six."""
    ends = [end for end in months(commitment.signed + timedelta(days=20), min(finish, TODAY)) if end < TODAY]
    if commitment.status not in BILLED or not ends or (rng.random() < 0.17 and commitment.status not in FINISHED):
        return []
    return sorted({*rng.sample(ends, min(len(ends), rng.randint(2, 5))), ends[-1]})


def _percent(item: Item, end: date, least: int, wanted: float) -> int:
    """Work to date in steps of five percent: never less than `least`, nothing before the item is agreed.

    Credits wait for the final invoice, where other work outweighs them.
    """
    if end < item.since or item.amount < 0:
        return least
    return max(least, int(wanted) // STEP_PERCENT * STEP_PERCENT)


def _stored(rng: Random, done: tuple[int, ...]) -> tuple[int, ...]:
    """Now and then materials lie on site for lines that are begun and not nearly done."""
    return tuple(10 if 10 <= percent <= 60 and rng.random() < 0.2 else 0 for percent in done)


def _release(rng: Random, index: int, commitment: Commitment) -> int:
    return 50 if index >= 4 and commitment.retainage and rng.random() < 0.12 else 0


def _with_statuses(rng: Random, steps: list[Step], finished: bool) -> list[Step]:
    """Invoices with nothing on them are dropped; only the newest may still be under way."""
    worth = [step for before, step in zip([None, *steps], steps, strict=False) if _differs(before, step)]
    noted = ["approved_as_noted" if rng.random() < 0.12 else "approved" for _ in worth]
    if worth and not finished:
        noted[-1] = rng.choice(LAST_STATUSES)
    return [
        Step(one.end, one.done, one.stored, one.release, "", status) for one, status in zip(worth, noted, strict=True)
    ]


def _differs(before: Step | None, step: Step) -> bool:
    return (
        any(step.done) if before is None else before.done != step.done or before.stored != step.stored
    ) or step.release > 0


def payments(rng: Random, all_invoices: Sequence[Invoice]) -> tuple[Payment, ...]:
    """Payments that somebody keeps in Procore for a third of the commitments; one in seven is of half the sum."""
    kept = {key: rng.random() < 0.33 for key in dict.fromkeys(invoice.commitment for invoice in all_invoices)}
    checks = iter(range(20411, 10**6))
    return tuple(
        _payment(rng, invoice, next(checks))
        for invoice in all_invoices
        if kept[invoice.commitment] and _payable(invoice) and invoice.period_end <= PAID_UNTIL
    )


def _payable(invoice: Invoice) -> bool:
    return invoice.status in {"approved", "approved_as_noted"} and invoice.due > 0


def _payment(rng: Random, invoice: Invoice, check: int) -> Payment:
    part = Decimal("0.5") if rng.random() < 0.14 else Decimal(1)
    by_check = rng.random() < 0.7
    return Payment(
        commitment=invoice.commitment,
        invoice=invoice.number,
        dated=invoice.period_end + timedelta(days=rng.randint(25, 45)),
        amount=cents(invoice.due * part),
        method="check" if by_check else "electronic",
        check=str(check) if by_check else "",
    )
