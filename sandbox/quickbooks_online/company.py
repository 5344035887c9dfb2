"""The company, its preferences, and what the sandbox can be told of the connection."""

from __future__ import annotations

from typing import Any

from sandbox.quickbooks_online import chart, lists
from sandbox.quickbooks_online.books import SYSTEM, Books, How
from sandbox.world import Record

_PERSON = How(person=True)
_CURRENCIES = {"US": "USD", "CA": "CAD", "GB": "GBP"}
PLANS = (*lists.SMALL_PLANS, "Plus", lists.UNLIMITED)


def install(books: Books) -> None:
    """Puts company, chart of accounts, terms and tax codes, if they are not there yet."""
    if books.get("company", "1"):
        return
    books.put("settings", chart.SETTINGS)
    books.save("company", {**chart.COMPANY, "Id": "1"}, _PERSON)
    books.save("preferences", {**chart.PREFERENCES, "Id": "1"}, _PERSON)
    for number, name, kind, subtype in chart.ACCOUNTS:
        account = {"Name": name, "AccountType": kind, "AccountSubType": subtype, "AcctNum": number}
        books.save("accounts", lists.account(books, account, None, _PERSON), _PERSON)
    for name, days in chart.TERMS:
        books.save("terms", lists.term(books, {"Name": name, "DueDays": days}, None, _PERSON), _PERSON)
    for number, name, percent, code in chart.RATES:
        rate = {"Id": number, "Name": name, "RateValue": percent, "Active": True, "_code": code}
        books.save("tax_rates", rate, _PERSON)
    _install_codes(books, chart.US_CODES)


def write_company(books: Books, record: Record, before: Record | None, how: How) -> Record:
    """CompanyInfo; another country brings other tax codes and another currency."""
    country = record.get("Country", "US")
    if before and country != before["Country"]:
        for code in list(books.all("tax_codes")):
            books.tables.remove(f"{SYSTEM}.tax_codes", code["Id"])
        _install_codes(books, chart.US_CODES if country == "US" else chart.OTHER_CODES)
        home = {"HomeCurrency": {"value": _CURRENCIES.get(country, "USD")}}
        prefs = books.preferences()
        books.touch("preferences", {**prefs, "CurrencyPrefs": {**prefs["CurrencyPrefs"], **home}}, how)
    return {**record, "Country": country}


def write_preferences(books: Books, record: Record, before: Record | None, how: How) -> Record:
    """Preferences: what is sent of a group is changed, the rest of it stays."""
    if before is None:
        return record
    return {name: _merged(before.get(name), value) for name, value in record.items()}


def write_settings(books: Books, sent: Record) -> Record:
    """Changes what the sandbox plays. Raises `ValueError` for what it cannot."""
    unknown = set(sent) - set(chart.SETTINGS)
    if unknown:
        raise ValueError(f"settings has no {', '.join(sorted(unknown))}; there are: {', '.join(chart.SETTINGS)}")
    allowed: dict[str, tuple[Any, ...]] = {
        "plan": PLANS,
        "locked": (None, 140, 150),
        "closed_period_code": (6200, 6210, 5010),
    }
    for name, values in allowed.items():
        if name in sent and sent[name] not in values:
            raise ValueError(f"{name} is {sent[name]!r}, and must be one of {values}")
    stored = {**books.settings(), **sent, "Id": "1"}
    books.put("settings", stored)
    if "plan" in sent:
        _show_plan(books, sent["plan"])
    return stored


def _show_plan(books: Books, plan: str) -> None:
    company = books.company()
    pairs = [pair for pair in company["NameValue"] if pair["Name"] != "OfferingSku"]
    sku = {"Name": "OfferingSku", "Value": f"QuickBooks Online {plan}"}
    books.touch("company", {**company, "NameValue": [*pairs, sku]}, _PERSON)


def _install_codes(books: Books, codes: list[tuple[str, str, str, bool]]) -> None:
    for key, name, description, taxable in codes:
        rates = [
            {"TaxRateRef": {"value": rate[0]}, "TaxTypeApplicable": "TaxOnAmount"}
            for rate in chart.RATES
            if rate[3] == key
        ]
        code = {
            "Id": key,
            "Name": name,
            "Description": description,
            "Active": True,
            "Hidden": False,
            "Taxable": taxable,
            "TaxGroup": bool(rates),
            "SalesTaxRateList": {"TaxRateDetail": rates},
            "PurchaseTaxRateList": {"TaxRateDetail": [] if codes is chart.US_CODES else rates},
        }
        books.save("tax_codes", code, _PERSON)


def _merged(before: Any, sent: Any) -> Any:
    if not isinstance(before, dict) or not isinstance(sent, dict):
        return sent
    pairs = {"NameValue": _merged_pairs(before["NameValue"], sent["NameValue"])} if "NameValue" in sent else {}
    return {**before, **sent, **pairs}


def _merged_pairs(before: list[Record], sent: list[Record]) -> list[Record]:
    named = {pair["Name"]: pair for pair in [*before, *sent]}
    return list(named.values())
