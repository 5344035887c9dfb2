"""What Jobledger knows of orders, bills, payments and costs, and the paths of them that mapping files may name."""

from __future__ import annotations

from collections.abc import Mapping

from jobledger.systems.base import Entity
from jobledger.systems.order_changes import OWN_ORDER
from jobledger.systems.quickbooks_online.attachments import attachment_card
from jobledger.systems.quickbooks_online.document_cards import (
    bill_card,
    change_card,
    cost_card,
    invoice_card,
    order_card,
    payment_card,
    time_card,
)
from jobledger.systems.quickbooks_online.document_writes import LINE
from jobledger.systems.quickbooks_online.documents import AS_CREDIT, lines_total
from jobledger.systems.quickbooks_online.echo import EXPECTED
from jobledger.systems.quickbooks_online.ledger import (
    bill_ledger,
    change_ledger,
    cost_ledger,
    invoice_ledger,
    order_ledger,
    payment_ledger,
    receipt_ledger,
    time_ledger,
)
from jobledger.systems.quickbooks_online.limits import BATCH

_HEAD = (
    *("id", "Id", "DocNumber", "TxnDate", "PrivateNote", "Mark", "VendorRef", "APAccountRef", "DepartmentRef"),
    *("CurrencyRef", "ExchangeRate", "GlobalTaxCalculation", "TotalAmt", "TotalTax", "Updated"),
)
_LINES = (
    *("Line.Id", "Line.Description", "Line.Amount", "Line.Qty", "Line.UnitPrice", "Line.ItemRef", "Line.AccountRef"),
    *("Line.CustomerRef", "Line.ClassRef", "Line.TaxCodeRef", "Line.BillableStatus", "Line.IsRetainage"),
)
_BILL = (*_HEAD, *_LINES, "DueDate", "SalesTermRef", "Balance", "SubTotal", AS_CREDIT)
_ORDER = (*_HEAD, *_LINES, "POStatus", "Memo", "ShipAddr.Line1", "DueDate")

_PAYMENT_PATHS = frozenset(
    (
        *("id", "kind", "bill_id", "contact_id", "amount", "date", "reference", "notes", "status"),
        *("updated", "foreign_currency"),
    )
)
_COST_PATHS = frozenset(
    (
        *("id", "document_id", "document_type", "direct_cost_type", "number", "invoice_number", "reference", "status"),
        *("date", "received", "contact_id", "contact_name", "customer_id", "customer_name", "updated"),
        *("foreign_currency", "bank_account", "mark_of", "amount", "unsyncable"),
        *("lines.id", "lines.item_id", "lines.class_id", "lines.account_id", "lines.code", "lines.description"),
        *("lines.quantity", "lines.unit_cost", "lines.amount"),
    )
)

_TIME_PATHS = frozenset(
    (
        *("id", "Id", "TxnDate", "NameOf", "EmployeeRef", "CustomerRef", "ItemRef", "ClassRef", "Hours", "Minutes"),
        *("Description", "BillableStatus", "Mark", "Updated"),
    )
)

DOCUMENT_ENTITIES: Mapping[str, Entity] = {
    "purchase_orders": Entity(
        name="purchase_orders",
        card=order_card,
        label="purchase order",
        batch=BATCH,
        line_id=LINE,
        total=lines_total,
        ledger=order_ledger,
        paths=frozenset(_ORDER),
    ),
    "purchase_order_changes": Entity(
        name="purchase_order_changes",
        card=change_card,
        label="change order's lines",
        batch=BATCH,
        has_mark=False,
        parts=True,
        line_id=LINE,
        total=lines_total,
        ledger=change_ledger,
        unkept=frozenset(["OnBilledOrder", OWN_ORDER, "DocNumber"]),  # an order of its own has another number
        paths=frozenset([*_ORDER, "Number", "OnBilledOrder", OWN_ORDER]),
    ),
    "bills": Entity(
        name="bills",
        card=bill_card,
        label="bill",
        batch=BATCH,
        posts=True,
        line_id=LINE,
        total=lines_total,
        ledger=bill_ledger,
        unkept=frozenset(["OrderRef", AS_CREDIT, *EXPECTED]),
        paths=frozenset([*_BILL, "OrderRef"]),
    ),
    "attachments": Entity(
        name="attachments",
        card=attachment_card,
        label="file on a bill",
        file_at="Url",
        unkept=frozenset(["Url", "Dated"]),
        paths=frozenset(["id", "Id", "BillRef", "FileName", "ContentType", "Size", "Note", "Mark", "Url", "Dated"]),
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
    "invoices": Entity(
        name="invoices",
        card=invoice_card,
        label="invoice",
        batch=BATCH,
        posts=True,
        line_id=LINE,
        total=lines_total,
        ledger=invoice_ledger,
        unkept=frozenset([AS_CREDIT, *EXPECTED]),
        paths=frozenset([*_BILL, "CustomerRef"]),
    ),
    "payments": Entity(
        name="payments",
        card=payment_card,
        label="payment of an invoice",
        has_mark=False,
        posts=True,
        parts=True,
        ledger=receipt_ledger,
        paths=_PAYMENT_PATHS - {"bill_id"} | {"invoice_id"},
    ),
    "time_activities": Entity(
        name="time_activities",
        card=time_card,
        label="time activity",
        batch=BATCH,
        ledger=time_ledger,
        paths=_TIME_PATHS,
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
