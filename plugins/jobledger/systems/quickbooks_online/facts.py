"""What must be known of the company before documents are mapped: currency, closed books, accounts by their purpose."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property

from jobledger.systems.base import Record
from jobledger.systems.quickbooks_online.api import Api, Query, quoted
from jobledger.systems.quickbooks_online.records import flat

_COST = frozenset({"Expense", "Cost of Goods Sold", "Other Expense"})
_INCOME = frozenset({"Income", "Other Income"})
_LIABILITY = frozenset({"Other Current Liability", "Long Term Liability"})
_ASSET = frozenset({"Other Current Asset", "Other Asset"})

PURPOSES: Mapping[str, tuple[str, frozenset[str]]] = {
    "purchase": ("defaults.purchase_account", _COST),
    "income": ("defaults.income_account", _INCOME),
    "bill": ("fallbacks.bill_code", _COST),
    "invoice": ("fallbacks.invoice_code", _INCOME),
    "payable_held": ("retainage.payable_held", _LIABILITY),
    "payable_released": ("retainage.payable_released", _LIABILITY),
    "receivable_held": ("retainage.receivable_held", _ASSET),
    "receivable_released": ("retainage.receivable_released", _ASSET),
}
"""Purpose of an account -> the setting that names it, and the types that it may have."""

_NAMED_FOR: Mapping[str, tuple[str, ...]] = {
    "items": ("purchase", "income"),
    "purchase_orders": ("bill",),
    "purchase_order_changes": ("bill",),
    "bills": ("bill", "payable_held", "payable_released"),
}
"""Entity -> the accounts that its documents may need."""


_SOLD = ("invoice", "receivable_held", "receivable_released")
"""Purposes of sales lines, which are on items."""

TAX_CODES: Mapping[str, str] = {"default": "tax.default", "retainage": "retainage.tax_type"}
"""Purpose of a tax code -> the setting that names it."""

_PSEUDO = frozenset({"TAX", "NON"})
"""In the United States a line is taxable or not; no tax code of the company is named."""

_DOCUMENTS = frozenset({"purchase_orders", "purchase_order_changes", "bills", "invoices"})


_NO_DOCUMENTS = frozenset({"attachments"})
"""What has neither currency nor period: a file can be attached to a bill of a closed one."""


class Facts:
    """Facts of one company. `accounts` and `tax_codes` hold what the settings name for each purpose."""

    def __init__(
        self, api: Api, accounts: Mapping[str, str | None], tax_codes: Mapping[str, str | None] | None = None
    ) -> None:
        self.api = api
        self.accounts = accounts
        self.tax_codes = tax_codes or {}

    @cached_property
    def preferences(self) -> Record:
        """The company's preferences, as QuickBooks has them."""
        body = self.api.get("preferences").body or {}
        found: Record = body.get("Preferences") or {}
        return found

    @cached_property
    def company(self) -> Record:
        """What the company is: its name, country and edition."""
        body = self.api.get(f"companyinfo/{self.api.realm_id}").body or {}
        found: Record = body.get("CompanyInfo") or {}
        return found

    def item_on(self, purpose: str) -> tuple[str | None, str | None]:
        """The service whose income account is the one for a purpose, or what is wrong (ACC-36): sales lines need items.

        It is made by a person: QuickBooks lets no app make one on an account of the balance sheet.
        """
        account, problem = self.account(purpose)
        if account is None:
            return None, problem
        found = next((row for row in self._services if row.get("IncomeAccountRef") == account), None)
        if found:
            return str(found["Id"]), None
        return None, f"No service has the account of {PURPOSES[purpose][0]} as its income account."

    @cached_property
    def _services(self) -> list[Record]:
        return [flat(row) for row in self.api.all(Query("Item", ("Type = 'Service'",)))]

    @cached_property
    def sold_retainage(self) -> frozenset[str]:
        """The ids of the items on which customers' retainage is booked."""
        stated = [one for one in ("receivable_held", "receivable_released") if self.accounts.get(one)]
        return frozenset(found for one in stated if (found := self.item_on(one)[0]))

    @cached_property
    def retainage_accounts(self) -> frozenset[str]:
        """The ids of the accounts on which retainage is booked; none are asked for where none is named."""
        purposes = ("payable_held", "payable_released")
        stated = [one for one in purposes if self.accounts.get(one)]
        return frozenset(found for one in stated if (found := self.account(one)[0]))

    @cached_property
    def retainage_items(self) -> frozenset[str]:
        """The ids of the items that are bought on these accounts; none are asked for where no account is named."""
        if not self.retainage_accounts:
            return frozenset()
        items = map(flat, self.api.all(Query("Item", inactive=True)))
        return frozenset(str(one["Id"]) for one in items if one.get("ExpenseAccountRef") in self.retainage_accounts)

    @property
    def base_currency(self) -> str:
        """The currency of the books; a company keeps it for life."""
        home = (self.preferences.get("CurrencyPrefs") or {}).get("HomeCurrency") or {}
        return str(home.get("value") or "")

    def of(self, entity: str) -> Record:
        """`base_currency`, and `closed_until` (ISO date) where the books are closed; the accounts that are needed.

        `tracks_locations`: whether documents may have a location.
        `<purpose>_account` is an account's id, or None: then `<purpose>_problem` says why (SMX-QBO-92, 93).
        """
        if entity in _NO_DOCUMENTS:
            return {}
        accounting = self.preferences.get("AccountingInfoPrefs") or {}
        closed, located = accounting.get("BookCloseDate"), entity in _DOCUMENTS
        facts: Record = {"base_currency": self.base_currency, **({"closed_until": closed} if closed else {})}
        facts |= {"tracks_locations": bool(accounting.get("TrackDepartments"))} if located else {}
        for purpose in _NAMED_FOR.get(entity, ()):
            account, problem = self.account(purpose)
            facts |= {f"{purpose}_account": account, f"{purpose}_problem": problem}
        for purpose in _SOLD if entity == "invoices" else ():
            item, problem = self.item_on(purpose)
            facts |= {f"{purpose}_item": item, f"{purpose}_problem": problem}
        for purpose, name in self.tax_codes.items() if entity in _DOCUMENTS else ():
            code, problem = self._tax_code(purpose, name)
            facts |= {f"{purpose}_tax_code": code, f"{purpose}_tax_problem": problem}
        return facts

    def account(self, purpose: str) -> tuple[str | None, str | None]:
        """The account for a purpose, or what is wrong with it in a sentence."""
        setting, types = PURPOSES[purpose]
        stated = self.accounts.get(purpose)
        if not stated:
            return None, f"{setting} is not set."
        found = self._named.get(stated.casefold())
        if found is None:
            return None, f"{setting} names '{stated}', which is no account in QuickBooks."
        if found.get("Active") is False:
            return None, f"The account '{stated}' of {setting} is inactive in QuickBooks."
        if found.get("AccountType") not in types:
            kinds = " or ".join(sorted(types))
            return None, f"The account '{stated}' of {setting} is of type {found.get('AccountType')}, not {kinds}."
        return found["Id"], None

    def _tax_code(self, purpose: str, name: str | None) -> tuple[str | None, str | None]:
        """The id of the tax code that a setting names, or what is wrong with it (SMX-QBO-75, ACC-18)."""
        setting = TAX_CODES[purpose]
        if not name or name in _PSEUDO:
            return name, None if name else f"{setting} is not set."
        found = self.api.query(Query("TaxCode", (f"Name = {quoted(name)}",)))
        return (str(found[0]["Id"]), None) if found else (None, f"{setting} names '{name}', which is no tax code.")

    @cached_property
    def _named(self) -> Mapping[str, Record]:
        """The accounts by name and by number, without case; a number that is a name as well is the number's."""
        rows = [flat(row) for row in self.api.all(Query("Account", inactive=True))]
        by_name = {str(row.get("FullyQualifiedName") or row.get("Name")).casefold(): row for row in rows}
        return {**by_name, **{str(row["AcctNum"]).casefold(): row for row in rows if row.get("AcctNum")}}
