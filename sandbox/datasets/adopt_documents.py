"""Purchase orders and bills that the bookkeeper typed from Procore's commitments and invoices."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from random import Random

from sandbox.datasets import bookkeeping
from sandbox.datasets.books import JOB_COSTS, RETAINAGE_ITEM, RETAINAGE_PAYABLE, Contact, Document, Entry, Order
from sandbox.datasets.model import Commitment, Company, Contractor, Invoice
from sandbox.datasets.scenario import Pair

ORDERS, BILLS = 15, 24
OFF_BY = Decimal("250.00")
EXPORTED = {"Approved", "Complete", "Partially Received", "Received", "Closed"}


@dataclass(frozen=True)
class Paper:
    """Orders and bills that have a counterpart, and which."""

    orders: tuple[Order, ...]
    bills: tuple[Document, ...]
    truth: dict[str, list[Pair]]


def counterparts(
    rng: Random, contractor: Contractor, known: Mapping[Company, Contact], jobs: Mapping[str, str], scale: int
) -> Paper:
    """Of every five, one agrees in two of three only: contact and number or contact and total."""
    contacts = {company.key: contact.name for company, contact in known.items()}
    mine = [one for one in contractor.commitments if one.company in contacts and one.project in jobs]
    orders = [
        (one, _order(one, contacts[one.company], jobs[one.project], index))
        for index, one in enumerate(_ordered(contractor, mine)[: ORDERS * scale])
    ]
    bills = [
        (one, invoice, _bill(rng, one, invoice, contacts[one.company], jobs[one.project], index))
        for index, (one, invoice) in enumerate(_billed(rng, contractor, mine)[: BILLS * scale])
    ]
    return Paper(
        orders=tuple(order for _, order in orders),
        bills=tuple(bookkeeping.partly_paid([bill for _, _, bill in bills])),
        truth={
            "commitments": [_order_pair(one, order) for i, (one, order) in enumerate(orders) if agrees(i)],
            "commitments_doubtful": [_order_pair(one, order) for i, (one, order) in enumerate(orders) if not agrees(i)],
            "invoices": [_bill_pair(invoice, bill) for i, (_, invoice, bill) in enumerate(bills) if agrees(i)],
            "invoices_doubtful": [
                _bill_pair(invoice, bill) for i, (_, invoice, bill) in enumerate(bills) if not agrees(i)
            ],
        },
    )


def agrees(index: int) -> bool:
    """Whether the n-th document has contact, number and total of its counterpart."""
    return index % 5 != 4


def _ordered(contractor: Contractor, mine: Sequence[Commitment]) -> list[Commitment]:
    """Commitments under way without an approved change order, so that the sum is the same on both sides."""
    changed = {order.commitment for order in contractor.change_orders if order.status == "approved"}
    return [one for one in mine if one.status in EXPORTED and one.key not in changed]


def _billed(rng: Random, contractor: Contractor, mine: Sequence[Commitment]) -> list[tuple[Commitment, Invoice]]:
    by_key = {one.key: one for one in mine}
    payable = [
        (by_key[invoice.commitment], invoice)
        for invoice in contractor.invoices
        if invoice.commitment in by_key and invoice.status == "approved" and invoice.due > 0
    ]
    return rng.sample(payable, len(payable))


def _order(one: Commitment, contact: str, job: str, index: int) -> Order:
    off = OFF_BY if index % 10 == 4 else Decimal(0)
    entries = [Entry(line.description, line.amount, JOB_COSTS[line.cost_type], job=job) for line in one.lines]
    if off:
        entries.append(Entry("Freight", off, JOB_COSTS["O"], job=job))
    return Order(
        number=f"PO-{2040 + index}" if index % 10 == 9 else one.number,
        contact=contact,
        title=one.title,
        dated=one.signed + timedelta(days=3),
        status="AUTHORISED",
        entries=tuple(entries),
    )


def _bill(rng: Random, one: Commitment, invoice: Invoice, contact: str, job: str, index: int) -> Document:
    dated = invoice.period_end + timedelta(days=rng.randint(0, 6))
    entries = [Entry(one.title, invoice.gross, JOB_COSTS["S" if one.kind == "subcontract" else "M"], job=job)]
    if invoice.retainage:
        entries.append(Entry("Retainage", -invoice.retainage, RETAINAGE_PAYABLE, RETAINAGE_ITEM, job))
    if index % 10 == 4:
        entries.append(Entry("Fuel surcharge", OFF_BY, JOB_COSTS["O"], job=job))
    return Document(
        kind="bill",
        contact=contact,
        reference=f"INV {9000 + index}" if index % 10 == 9 else invoice.vendor_number,
        dated=dated,
        due=dated + timedelta(days=30),
        status="AUTHORISED",
        entries=tuple(entries),
    )


def _order_pair(one: Commitment, order: Order) -> Pair:
    return one.number, order.number


def _bill_pair(invoice: Invoice, bill: Document) -> Pair:
    return f"{invoice.commitment} #{invoice.number}", f"{bill.contact} {bill.reference}"
