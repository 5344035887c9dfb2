"""Purchase orders, and the links by which bills take them up."""

from __future__ import annotations

from decimal import Decimal

from sandbox.quickbooks_online import lines
from sandbox.quickbooks_online.books import Books, How
from sandbox.quickbooks_online.errors import business
from sandbox.world import Record

ORDER = "PurchaseOrder"
ZERO = Decimal("0.00")


def linked(books: Books, bill: Record, before: Record | None) -> Record:
    """The bill with those links to orders that hold. All others are dropped without a word, as QuickBooks does."""
    wanted = {link.get("TxnId") for link in bill.get("LinkedTxn", []) if link.get("TxnType") == ORDER}
    had = {line["Id"]: line.get("LinkedTxn") for line in (before or {}).get("Line", [])}
    held = [_line(books, bill, line, wanted, had) for line in bill["Line"]]
    used = {link["TxnId"]: {"TxnId": link["TxnId"], "TxnType": ORDER} for line in held for link in _links(line)}
    bare = {name: value for name, value in bill.items() if name != "LinkedTxn"}
    return {**bare, "Line": held, **({"LinkedTxn": list(used.values())} if used else {})}


def follow(books: Books, before: Record | None, after: Record | None, how: How) -> None:
    """Opens or closes the orders that a bill took up or let go."""
    for key in dict.fromkeys([*_order_ids(before), *_order_ids(after)]):
        order = books.get("purchase_orders", key)
        moved = standing(books, order) if order else None
        if order and moved != order:
            books.touch("purchase_orders", moved or order, how)


def standing(books: Books, order: Record) -> Record:
    """The order with its bills and its status: closed when every line is billed, or when somebody closed it."""
    bills = books.find("bills", "order", order["Id"]) if order.get("Id") else []
    links = [{"TxnId": bill["Id"], "TxnType": "Bill"} for bill in bills]
    closed = order["_closed"] or (bool(bills) and is_billed(books, order))
    bare = {name: value for name, value in order.items() if name != "LinkedTxn"}
    return {**bare, "POStatus": "Closed" if closed else "Open", **({"LinkedTxn": links} if links else {})}


def is_billed(books: Books, order: Record) -> bool:
    """Whether bills have taken up every line of an order."""
    billed = _billed(books, order)
    ordered = [line for line in order["Line"] if line["DetailType"] != "DescriptionOnly"]
    return all(_is_done(line, billed.get(line["Id"], [])) for line in ordered)


def check_unbilled(books: Books, order: Record) -> None:
    """Refuses to take away an order that a bill has taken up."""
    if books.find("bills", "order", order["Id"]):
        raise business("The purchase order is linked to a bill: unlink it first")


def _line(books: Books, bill: Record, line: Record, wanted: set[str | None], had: dict[str, object]) -> Record:
    links = line.get("LinkedTxn", [])
    bare = {name: value for name, value in line.items() if name != "LinkedTxn"}
    was_linked = had.get(line["Id"]) == links
    if len(links) != 1 or links[0].get("TxnId") not in wanted or not (line["_new"] or was_linked):
        return bare
    return line if _holds(books, bill, links[0], was_linked) else bare


def _holds(books: Books, bill: Record, link: Record, was_linked: bool) -> bool:
    order = books.visible("purchase_orders", link["TxnId"])
    if order is None or link.get("TxnType") != ORDER or order["VendorRef"]["value"] != bill["VendorRef"]["value"]:
        return False
    if not any(line["Id"] == link.get("TxnLineId") for line in order["Line"]):
        return False
    return was_linked or order["POStatus"] == "Open"


def _billed(books: Books, order: Record) -> dict[str, list[Record]]:
    billed: dict[str, list[Record]] = {}
    for bill in books.find("bills", "order", order["Id"]):
        for line in bill["Line"]:
            for link in _links(line):
                if link["TxnId"] == order["Id"]:
                    billed.setdefault(link["TxnLineId"], []).append(line)
    return billed


def _is_done(ordered: Record, billed: list[Record]) -> bool:
    amount = sum((line["Amount"] for line in billed), ZERO)
    if abs(amount) >= abs(ordered["Amount"]):
        return True
    wanted = lines.detail(ordered).get("Qty")
    taken = sum((lines.detail(line).get("Qty", ZERO) for line in billed), ZERO)
    # One lump sum is billed by amount: a first bill of quantity one does not use it up.
    return wanted is not None and wanted > 1 and taken >= wanted


def _links(line: Record) -> list[Record]:
    found: list[Record] = line.get("LinkedTxn", [])
    return found


def _order_ids(bill: Record | None) -> list[str]:
    return [link["TxnId"] for link in (bill or {}).get("LinkedTxn", []) if link["TxnType"] == ORDER]
