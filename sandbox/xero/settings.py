"""Organisation, accounts, tax rates, currencies."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from sandbox.world import Record
from sandbox.xero import chart
from sandbox.xero.books import DOCUMENTS, Books, How
from sandbox.xero.errors import RefusedError
from sandbox.xero.wire import inward_date, inward_flag, inward_number, inward_text

_ACCOUNT_LONGEST = {"Code": 10, "Name": 150, "Description": 4000, "BankAccountNumber": 50, "TaxType": 50}


def install(books: Books) -> None:
    """Puts organisation, accounts, tax rates and currency, if they are not there yet."""
    if next(books.all("organisation"), None):
        return
    how = How(person=True)
    created = {"OrganisationID": books.world.guid(), "CreatedDateUTC": books.stamp()}
    books.save("organisation", {**chart.ORGANISATION, **created}, {}, how)
    for account in chart.ACCOUNTS:
        books.save("accounts", chart.account(*account), {}, how)
    for rate in chart.TAX_RATES:
        books.save("tax_rates", chart.tax_rate(*rate), {}, how)
    for currency in chart.CURRENCIES:
        books.save("currencies", currency, {}, how)


def write_organisation(books: Books, sent: Record, before: Record | None, how: How) -> Record:
    """Changes settings of the one organisation; lock dates are dates or null."""
    locks: Record = {name: inward_date(sent, name) for name in ("PeriodLockDate", "EndOfYearLockDate") if name in sent}
    known = {name: value for name, value in sent.items() if name != "OrganisationID"}
    return books.save("organisation", {**books.organisation(), **known, **locks}, sent, how)


def write_account(books: Books, sent: Record, before: Record | None, how: How) -> Record:
    """Creates, changes or archives an account."""
    texts = {name: inward_text(sent, name, length) for name, length in _ACCOUNT_LONGEST.items() if name in sent}
    kind = str(sent.get("Type") or (before or {}).get("Type", ""))
    if kind not in chart.CLASSES:
        raise RefusedError("Account type is not valid")
    record = {**(before or chart.account("", "", kind, None)), **texts, "Type": kind, "Class": chart.CLASSES[kind]}
    record["EnablePaymentsToAccount"] = inward_flag(sent, "EnablePaymentsToAccount", record["EnablePaymentsToAccount"])
    record["Status"] = sent.get("Status") or record["Status"]
    if how.person and "SystemAccount" in sent:
        record["SystemAccount"] = sent["SystemAccount"]
    _check_account(books, record, before)
    return books.save("accounts", record, sent, how)


def remove_account(books: Books, key: str) -> None:
    """Deletes an account that is neither used nor Xero's own."""
    account = books.get("accounts", key) or {}
    if account.get("SystemAccount"):
        raise RefusedError("System accounts cannot be deleted")
    if any(books.find(entity, "account", key) for entity in DOCUMENTS):
        raise RefusedError("The account is used by a transaction: it can be archived, not deleted")
    books.remove("accounts", key)


def write_tax_rate(books: Books, sent: Record, before: Record | None, how: How) -> Record:
    """Puts or changes a tax rate, as a person does: the sandbox takes none from the API."""
    tax_type = sent.get("TaxType")
    if not tax_type:
        raise RefusedError("TaxType is required")
    percent = inward_number(sent, "EffectiveRate") or Decimal(0)
    fresh = chart.tax_rate(tax_type, str(sent.get("Name", tax_type)), percent, _ANYWHERE)
    return books.save("tax_rates", {**(before or fresh), **sent}, sent, how)


_ANYWHERE = dict.fromkeys(("Assets", "Equity", "Expenses", "Liabilities", "Revenue"), True)


def account_named(books: Books, sent: Any) -> Record | None:
    """The account that an `Account`, `BankAccount` or line names, by id or by code."""
    if sent.get("AccountID"):
        return books.get("accounts", sent["AccountID"])
    code = sent.get("Code") or sent.get("AccountCode")
    return books.first("accounts", "code", str(code)) if code else None


def _check_account(books: Books, record: Record, before: Record | None) -> None:
    key = record.get("AccountID")
    if not record.get("Name"):
        raise RefusedError("Account Name must be specified")
    if not record.get("Code") and record["Type"] != "BANK":
        raise RefusedError("Account Code must be specified")
    for index, value in (("code", record.get("Code")), ("name", record["Name"].casefold())):
        if value and any(other["AccountID"] != key for other in books.find("accounts", index, value)):
            raise RefusedError(f"Please enter a unique {index.title()}.")
    if record["Status"] not in {"ACTIVE", "ARCHIVED"}:
        raise RefusedError(f"The Status '{record['Status']}' is not valid")
    if before and before.get("SystemAccount") and record["Status"] == "ARCHIVED":
        raise RefusedError("System accounts cannot be archived")
