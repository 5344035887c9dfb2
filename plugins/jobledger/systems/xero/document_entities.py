"""What Jobledger knows of orders, bills, payments and costs, and the paths of them that mapping files may name."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial

from jobledger.systems.base import Entity
from jobledger.systems.xero.document_cards import bill_card, change_card, cost_card, order_card, payment_card
from jobledger.systems.xero.documents import LINE, PROJECT, RETAINAGE, lines_total
from jobledger.systems.xero.ledger import bill_ledger, change_ledger, cost_ledger, order_ledger, payment_ledger
from jobledger.systems.xero.limits import BATCH

_HEAD = ("Contact.ContactID", "Contact.Name", "Date", "Status", "LineAmountTypes", "CurrencyCode", "CurrencyRate")
_SUMS = ("SubTotal", "TotalTax", "Total", "UpdatedDateUTC", "HasAttachments", "SentToContact")
_LINES = (
    *("LineItems.LineItemID", "LineItems.Description", "LineItems.Quantity", "LineItems.UnitAmount"),
    *("LineItems.LineAmount", "LineItems.ItemCode", "LineItems.AccountCode", "LineItems.TaxType"),
    *("LineItems.TaxAmount", "LineItems.Tracking", f"LineItems.{PROJECT}", f"LineItems.{RETAINAGE}"),
)
_ORDER = ("PurchaseOrderID", "PurchaseOrderNumber", *_HEAD, *_LINES, "UpdatedDateUTC")
_ORDER_PATHS = frozenset(
    [
        *_ORDER,
        *_SUMS,
        *("Reference", "DeliveryDate", "ExpectedArrivalDate", "DeliveryInstructions", "DeliveryAddress"),
        *("AttentionTo", "Telephone"),
    ]
)
_CHANGE_PATHS = frozenset(["id", "Number", "OnBilledOrder", *_ORDER])
_BILL_PATHS = frozenset(
    [
        *("InvoiceID", "InvoiceNumber", "Type", "DueDate", "PlannedPaymentDate", "FullyPaidOnDate", "Url"),
        *("AmountDue", "AmountPaid", "AmountCredited"),
        *_HEAD,
        *_LINES,
        *_SUMS,
    ]
)
_PAYMENT_PATHS = frozenset(
    [
        *("id", "kind", "bill_id", "contact_id", "amount", "date", "reference", "notes", "status"),
        *("updated", "foreign_currency"),
    ]
)
_COST_PATHS = frozenset(
    [
        *("id", "document_id", "document_type", "direct_cost_type", "number", "short_id", "invoice_number"),
        *(
            "reference",
            "status",
            "date",
            "received",
            "contact_id",
            "contact_name",
            "option_id",
            "option_name",
            "updated",
        ),
        *("updated", "currency", "foreign_currency", "bank_account", "url", "mark_of", "amount", "unsyncable"),
        *("lines.id", "lines.code", "lines.description", "lines.quantity", "lines.unit_cost", "lines.amount"),
    ]
)

DOCUMENT_ENTITIES: Mapping[str, Entity] = {
    "purchase_orders": Entity(
        name="purchase_orders",
        card=order_card,
        label="purchase order",
        batch=BATCH,
        has_mark=False,
        line_id=LINE,
        total=partial(lines_total, decimals=2),
        ledger=order_ledger,
        paths=_ORDER_PATHS,
    ),
    "purchase_order_changes": Entity(
        name="purchase_order_changes",
        card=change_card,
        label="change order's lines",
        batch=BATCH,
        has_mark=False,
        parts=True,
        line_id=LINE,
        total=partial(lines_total, decimals=2),
        ledger=change_ledger,
        unkept=frozenset(["OnBilledOrder", "PurchaseOrderNumber"]),  # an order of its own has another number
        paths=_CHANGE_PATHS,
    ),
    "bills": Entity(
        name="bills",
        card=bill_card,
        label="bill",
        batch=BATCH,
        posts=True,
        line_id=LINE,
        total=partial(lines_total, decimals=4),
        ledger=bill_ledger,
        paths=_BILL_PATHS,
    ),
    "bill_payments": Entity(
        name="bill_payments",
        card=payment_card,
        label="payment of a bill",
        has_mark=False,
        posts=True,
        parts=True,
        ledger=payment_ledger,
        paths=_PAYMENT_PATHS,
    ),
    "costs": Entity(
        name="costs",
        card=cost_card,
        label="cost in the books",
        has_mark=False,
        posts=True,
        parts=True,
        line_id="id",
        ledger=cost_ledger,
        paths=_COST_PATHS,
    ),
}
