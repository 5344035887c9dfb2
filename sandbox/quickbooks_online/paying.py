"""Payments of bills and of invoices, with the credits that they use up."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from sandbox.quickbooks_online import documents
from sandbox.quickbooks_online.books import Books, How
from sandbox.quickbooks_online.documents import Numbering
from sandbox.quickbooks_online.errors import RefusedError, business, missing
from sandbox.world import Record

ZERO = Decimal("0.00")
_UNNUMBERED = Numbering(unique=False)
_CHECKS = Numbering(warns=("OtherPrefs", "WarnDuplicateCheckNumber"))


@dataclass(frozen=True)
class Side:
    """What one kind of payment settles: documents and credits of one owner. Types by the entities that hold them."""

    entity: str
    owner: str
    documents: dict[str, str]
    credits: dict[str, str]

    def entity_of(self, type_name: str | None) -> str | None:
        """The entity of a linked transaction, or None for a type that cannot be linked."""
        return {**self.documents, **self.credits}.get(type_name or "")


BILLS = Side("bill_payments", "VendorRef", {"Bill": "bills"}, {"VendorCredit": "vendor_credits"})
INVOICES = Side("payments", "CustomerRef", {"Invoice": "invoices"}, {"CreditMemo": "credit_memos"})


def bill_payment(books: Books, record: Record, before: Record | None, how: How) -> Record:
    """A payment of bills, checked and complete: bills less credits are what was paid."""
    documents.required(record, "VendorRef", "PayType", "TotalAmt", "Line")
    source, field, kind = _source(record)
    if field not in source:
        raise missing(field)
    documents.check_account_type(books, source[field], field, kind)
    account = documents.account_of_type(books, "Accounts Payable")
    checked = documents.header(books, "bill_payments", {"APAccountRef": account, **record}, before, how)
    checked = documents.numbered(books, "bill_payments", _CHECKS, checked, before, how)
    applied = _applied(books, BILLS, checked)
    if applied != checked["TotalAmt"]:
        raise business(f"TotalAmt {checked['TotalAmt']} is not what the lines apply: {applied}", "TotalAmt")
    return _lined(checked)


def payment(books: Books, record: Record, before: Record | None, how: How) -> Record:
    """A payment by a customer, checked and complete; what is not applied stays open."""
    documents.required(record, "CustomerRef", "TotalAmt")
    funds = {"value": next(one["Id"] for one in books.all("accounts") if one["AccountSubType"] == "UndepositedFunds")}
    checked = documents.header(books, "payments", {"DepositToAccountRef": funds, "Line": [], **record}, before, how)
    checked = documents.numbered(books, "payments", _UNNUMBERED, checked, before, how)
    rest = checked["TotalAmt"] - _applied(books, INVOICES, checked)
    if checked["TotalAmt"] < ZERO or rest < ZERO:
        raise business(f"TotalAmt {checked['TotalAmt']} is less than what the lines apply", "TotalAmt")
    return _lined({**checked, "UnappliedAmt": rest})


def bills_settled(books: Books, record: Record, before: Record | None, how: How) -> None:
    """Bills and credits show what is left of them."""
    _settle(books, BILLS, record, before, how)


def invoices_settled(books: Books, record: Record, before: Record | None, how: How) -> None:
    """Invoices and credit memos show what is left of them."""
    _settle(books, INVOICES, record, before, how)


def bills_released(books: Books, record: Record, how: How) -> None:
    """Bills are open again."""
    _settle(books, BILLS, {**record, "Line": []}, record, how)


def invoices_released(books: Books, record: Record, how: How) -> None:
    """Invoices are open again."""
    _settle(books, INVOICES, {**record, "Line": []}, record, how)


def voided(books: Books, record: Record) -> Record:
    """The payment with nothing left of it."""
    unapplied = {"UnappliedAmt": ZERO} if "UnappliedAmt" in record else {}
    return {**record, "Line": [], "TotalAmt": ZERO, **unapplied, "PrivateNote": "Voided"}


def _source(record: Record) -> tuple[Record, str, str]:
    if record["PayType"] == "Check":
        return record.get("CheckPayment", {}), "BankAccountRef", "Bank"
    return record.get("CreditCardPayment", {}), "CCAccountRef", "Credit Card"


def _applied(books: Books, side: Side, record: Record) -> Decimal:
    """Documents less credits. Raises `RefusedError` for a link that cannot be, or more than is open."""
    total = ZERO
    for line in record["Line"]:
        link = _link(line)
        entity = side.entity_of(link.get("TxnType"))
        if entity is None:
            raise RefusedError(620, f"Transaction type {link.get('TxnType')} cannot be linked to a payment", "TxnType")
        amount = line.get("Amount", ZERO)
        _check_target(books, side, entity, record, link, amount)
        total += amount if link["TxnType"] in side.documents else -amount
    return total


def _link(line: Record) -> Record:
    links = line.get("LinkedTxn", [])
    if len(links) != 1 or "TxnId" not in links[0]:
        raise missing("Line.LinkedTxn")
    found: Record = links[0]
    return found


def _check_target(books: Books, side: Side, entity: str, record: Record, link: Record, amount: Decimal) -> None:
    target = books.visible(entity, link["TxnId"])
    if target is None:
        raise RefusedError(2500, f"Invalid Reference Id : {link['TxnType']} element id {link['TxnId']} not found")
    if target[side.owner]["value"] != record[side.owner]["value"]:
        raise RefusedError(620, f"{link['TxnType']} {link['TxnId']} belongs to another {side.owner}", side.owner)
    mine = sum((one["Amount"] for one in target.get("_paid", []) if one["TxnId"] == record.get("Id")), ZERO)
    if amount < ZERO or amount > target["Balance"] + mine:
        raise business(
            f"{amount} applied to {link['TxnType']} {link['TxnId']} is more than what is open of it", "Amount"
        )


def _lined(record: Record) -> Record:
    lines = [{"Id": str(number), "LineNum": number, **line} for number, line in enumerate(record["Line"], 1)]
    bare = {name: value for name, value in record.items() if name != "LinkedTxn"}
    return {**bare, "Line": lines}


def _settle(books: Books, side: Side, record: Record, before: Record | None, how: How) -> None:
    type_name = f"BillPayment{record['PayType']}" if side is BILLS else "Payment"
    applied: dict[tuple[str, str], Decimal] = dict.fromkeys(_targets(side, before), ZERO)
    for target, amount in _targets(side, record).items():
        applied[target] = amount
    for (entity, key), amount in applied.items():
        document = books.get(entity, key)
        if document is None:
            continue
        others = [one for one in document.get("_paid", []) if one["TxnId"] != record["Id"]]
        mine = {"TxnId": record["Id"], "TxnType": type_name, "Amount": amount}
        settled = documents.settled({**document, "_paid": [*others, mine] if amount else others})
        if "RemainingCredit" in document:
            settled["RemainingCredit"] = settled["Balance"]
        if settled != document:
            books.touch(entity, settled, how)


def _targets(side: Side, record: Record | None) -> dict[tuple[str, str], Decimal]:
    targets: dict[tuple[str, str], Decimal] = {}
    for line in (record or {}).get("Line", []):
        link = _link(line)
        target = (side.entity_of(link["TxnType"]) or "", link["TxnId"])
        targets[target] = targets.get(target, ZERO) + line.get("Amount", ZERO)
    return targets
