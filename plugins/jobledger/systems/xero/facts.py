"""What must be known of the organisation before documents are mapped: currency, lock dates, account of retainage."""

from __future__ import annotations

from functools import cached_property

from jobledger.systems.base import Record
from jobledger.systems.xero.api import Api
from jobledger.systems.xero.dates import iso_day

_LOCKS = ("PeriodLockDate", "EndOfYearLockDate")


class Facts:
    """Facts of one organisation."""

    def __init__(self, api: Api, retainage_item: str | None) -> None:
        self.api = api
        self.retainage_item = retainage_item

    @cached_property
    def base_currency(self) -> str:
        """The currency of the books; an organisation keeps it for life."""
        return str(self._organisation().get("BaseCurrency") or "")

    @cached_property
    def revenue_accounts(self) -> frozenset[str]:
        """Ids and codes of the accounts of income: money received on one of them is no refund of a cost."""
        rows = self.api.rows("Accounts", {"where": 'Class=="REVENUE"'})
        return frozenset(str(row[name]) for row in rows for name in ("AccountID", "Code") if row.get(name))

    def of(self, entity: str) -> Record:
        """`base_currency`, and `closed_until` (ISO date) where a lock date is set; for bills also `retainage_account`.

        Where that account cannot be used it is None, and `retainage_problem` says why (ACC-18).
        """
        organisation = self._organisation()
        locks = [day for name in _LOCKS if (day := iso_day(organisation.get(name)))]
        facts: Record = {"base_currency": organisation.get("BaseCurrency")}
        facts |= {"closed_until": max(locks)} if locks else {}
        if entity == "bills":
            account, problem = self._retainage()
            facts |= {"retainage_account": account, "retainage_problem": problem}
        return facts

    def _organisation(self) -> Record:
        return self.api.rows("Organisation", name="Organisations")[0]

    def _retainage(self) -> tuple[str | None, str | None]:
        """The purchase account of the item of retainage, or what is wrong with it in a sentence."""
        code = self.retainage_item
        if not code:
            return None, "retainage.item is not set."
        item = self.api.one("Items", code)
        if item is None:
            return None, f"retainage.item names '{code}', which is no item in Xero."
        account_code = (item.get("PurchaseDetails") or {}).get("AccountCode")
        if not account_code:
            return None, f"The item {code} of retainage.item has no purchase account in Xero."
        accounts = self.api.rows("Accounts", {"where": f'Code=="{account_code}"'})
        problem = _problem_of(accounts[0]) if accounts else "is not in the chart of accounts"
        if problem:
            return None, f"The purchase account {account_code} of the item {code} (retainage.item) {problem}."
        return str(account_code), None


def _problem_of(account: Record) -> str | None:
    """Why retainage cannot be booked on an account, or None."""
    if account.get("Status") != "ACTIVE":
        return "is archived"
    if account.get("Class") != "LIABILITY":
        return f"is of the class {account.get('Class')}, and retainage is a LIABILITY"
    if account.get("SystemAccount") or account.get("Type") == "BANK":
        return f"is Xero's own ({account.get('SystemAccount') or 'BANK'}), on which no bill can be booked"
    return None
