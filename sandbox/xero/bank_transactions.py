"""Bank transactions: money spent and received without an invoice, a card purchase for one."""

from __future__ import annotations

from sandbox.world import Record
from sandbox.xero import contacts, documents, lines, settings
from sandbox.xero.books import Books, How
from sandbox.xero.errors import RefusedError
from sandbox.xero.wire import inward_flag

KIND = documents.Kind(
    entity="bank_transactions",
    moves={
        None: frozenset({"AUTHORISED"}),
        "AUTHORISED": frozenset({"AUTHORISED", "DELETED"}),
        "DELETED": frozenset(),
        "VOIDED": frozenset(),
    },
    wrong_move="This Bank Transaction cannot be edited as it has been deleted or voided.",
    drafts=frozenset(),
    texts={"Reference": 255, "Url": 500},
)


def write(books: Books, sent: Record, before: Record | None, how: How) -> Record:
    """Creates, changes or deletes a transaction. A reconciled one is for people only."""
    if before and before["IsReconciled"] and not how.person:
        raise RefusedError("This Bank Transaction cannot be edited as it has been reconciled with a Bank Statement.")
    kind = sent.get("Type") or (before or {}).get("Type")
    if kind not in {"SPEND", "RECEIVE"} or (before and before["Type"] != kind):
        raise RefusedError("Bank transaction Type must be SPEND or RECEIVE, and stays what it is")
    record = {**documents.drafted(books, KIND, sent, before, how), "Type": kind}
    record["BankAccount"] = _bank_account(books, sent, before)
    complete = documents.is_complete(KIND, record["Status"])
    rules = lines.Rules(lines.mode(sent, before), complete, kind == "RECEIVE", discounts=False, decimals=how.decimals)
    record = documents.with_lines(books, KIND, record, sent, rules)
    documents.checked_url(record)
    if record["Total"] <= 0:
        raise RefusedError("The total of a bank transaction must be greater than zero")
    record["IsReconciled"] = inward_flag(sent, "IsReconciled", record.get("IsReconciled", False))
    stored = books.save("bank_transactions", record, sent, how)
    contacts.mark_used(books, stored["Contact"]["ContactID"], "IsSupplier" if kind == "SPEND" else "IsCustomer")
    return stored


def _bank_account(books: Books, sent: Record, before: Record | None) -> Record:
    if "BankAccount" not in sent and before:
        return dict(before["BankAccount"])
    account = settings.account_named(books, sent.get("BankAccount") or {})
    if account is None or account["Type"] != "BANK" or account["Status"] != "ACTIVE":
        raise RefusedError("A valid BankAccount must be specified")
    return {name: account.get(name) for name in ("AccountID", "Code", "Name")}
