"""Purchase orders: agreed, not yet owed; nothing of them is in the ledger."""

from __future__ import annotations

from sandbox.world import Record
from sandbox.xero import documents, lines
from sandbox.xero.books import Books, How
from sandbox.xero.errors import RefusedError

_DRAFTS = frozenset({"DRAFT", "SUBMITTED"})

# Deleting a billed order is taken by the real one. Whether it can be taken back to AUTHORISED by an app is not known:
# the stricter reading refuses it, a person may.
KIND = documents.Kind(
    entity="purchase_orders",
    moves={
        None: frozenset({"DRAFT", "SUBMITTED", "AUTHORISED", "BILLED"}),
        "DRAFT": frozenset({"DRAFT", "SUBMITTED", "AUTHORISED", "DELETED"}),
        "SUBMITTED": frozenset({"DRAFT", "SUBMITTED", "AUTHORISED", "DELETED"}),
        "AUTHORISED": frozenset({"AUTHORISED", "BILLED", "DELETED"}),
        "BILLED": frozenset({"DELETED"}),
        "DELETED": frozenset(),
    },
    wrong_move="PurchaseOrder status change is invalid",
    drafts=_DRAFTS,
    texts={
        "PurchaseOrderNumber": 255,
        "Reference": 255,
        "DeliveryAddress": 500,
        "AttentionTo": 255,
        "Telephone": 50,
        "DeliveryInstructions": 500,
        "BrandingThemeID": 36,
    },
    dates=("DeliveryDate", "ExpectedArrivalDate"),
    posts=False,
    creates_contact=False,
)


def match(books: Books, sent: Record) -> Record | None:
    """The order that a POST without id means: the live one of that number, whoever's it is, as measured at Xero."""
    held = books.find("purchase_orders", "number", sent.get("PurchaseOrderNumber"))
    return next((order for order in held if order["Status"] != "DELETED"), None)


def write(books: Books, sent: Record, before: Record | None, how: How) -> Record:
    """Creates or changes an order. Unit amounts have two decimals: this endpoint takes no `unitdp`."""
    if before and before["Status"] == "DELETED":
        raise RefusedError("Deleted PurchaseOrders cannot be updated")
    if before and before["Status"] == "BILLED" and how.person and sent.get("Status") == "AUTHORISED":
        before = {**before, "Status": "AUTHORISED"}
    record = documents.drafted(books, KIND, sent, before, how)
    complete = documents.is_complete(KIND, record["Status"])
    rules = lines.Rules(lines.mode(sent, before), complete, sales=False, discounts=False, decimals=2)
    record = documents.with_lines(books, KIND, record, sent, rules)
    record["SentToContact"] = bool(sent.get("SentToContact", record.get("SentToContact", False)))
    record["PurchaseOrderNumber"] = _number(books, record)
    return books.save("purchase_orders", record, sent, how)


def outward(books: Books, record: Record, detailed: bool) -> Record:
    """An order as it is sent."""
    return {**documents.outward(books, record, detailed), "IsDiscounted": False, "Type": "PURCHASEORDER"}


def _number(books: Books, record: Record) -> str:
    number = record.get("PurchaseOrderNumber")
    if not number:
        return books.next_number("purchase_orders", "PO")
    taken = documents.number_taken(books, KIND, record, "PurchaseOrderNumber", frozenset())
    if taken and taken["Status"] == "DELETED":
        raise RefusedError("PurchaseOrder status change is invalid", "Deleted PurchaseOrders cannot be updated")
    if taken:
        raise RefusedError("Order number must be unique")
    return str(number)
