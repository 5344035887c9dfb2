"""What the doctor says about a QuickBooks connection."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from jobledger.errors import Finding, FixTheSetup
from jobledger.systems.base import Record
from jobledger.systems.quickbooks_online.api import Api, Query
from jobledger.systems.quickbooks_online.facts import PURPOSES, Facts

PLANS = ("Plus", "Advanced", "Intuit Enterprise Suite")
"""The plans that have purchase orders, classes and locations (XTR-35)."""

MOST_ACCOUNTS = 250
MOST_CLASSES = 40
"""Of the plan Plus: active accounts; active classes and locations together (Intuit: usage limits)."""


def findings(api: Api, facts: Facts) -> list[Finding]:
    """Every check; the later ones are left out when the company cannot be reached."""
    company = _stated("QuickBooks company", lambda: check_company(facts))
    if not company.ok:
        return [company]
    return [company, *_contents(api, facts)]


def check_company(facts: Facts) -> Finding:
    """Whether the company can be read, and its plan is supported (XTR-35). Raises `FixTheSetup`."""
    name, country, plan = facts.company.get("CompanyName"), facts.company.get("Country"), plan_of(facts)
    if plan and not any(one.casefold() in plan.casefold() for one in PLANS):
        reason = f"{name} is on the plan '{plan}'; supported are {', '.join(PLANS)}."
        return Finding("QuickBooks company", False, reason, "Upgrade the company's plan.")
    return Finding("QuickBooks company", True, f"Connected to {name}, {plan or 'unknown plan'}, {country}.")


def plan_of(facts: Facts) -> str:
    """The plan of the company, as QuickBooks tells it; empty where it does not."""
    named = {one.get("Name"): one.get("Value") for one in facts.company.get("NameValue") or []}
    return str(named.get("OfferingSku") or "")


def _contents(api: Api, facts: Facts) -> Iterator[Finding]:
    preferences = facts.preferences
    yield _switch("class tracking", preferences, "AccountingInfoPrefs", "ClassTrackingPerTxnLine")
    yield _switch("locations", preferences, "AccountingInfoPrefs", "TrackDepartments")
    yield _switch("tracking by customer", preferences, "VendorAndPurchasesPrefs", "TrackingByCustomer")
    yield _stated("accounts in QuickBooks", lambda: _room(api, facts, "Account", MOST_ACCOUNTS))
    yield _stated("classes in QuickBooks", lambda: _room(api, facts, "Class", MOST_CLASSES))
    for purpose, (setting, _) in PURPOSES.items():
        if facts.accounts.get(purpose):
            yield _stated(setting, lambda one=purpose, named=setting: _account(facts, one, named))  # type: ignore[misc]


def _switch(what: str, preferences: Record, group: str, name: str) -> Finding:
    on = bool((preferences.get(group) or {}).get(name))
    remedy = "" if on else "Switch it on in QuickBooks if you use it: Account and settings."
    return Finding(f"QuickBooks {what}", on, "on" if on else "off: what needs it is left out.", remedy, required=False)


def _room(api: Api, facts: Facts, entity: str, most: int) -> Finding:
    count = len(api.all(Query(entity)))
    topic = f"{entity} list of QuickBooks"
    if "plus" not in plan_of(facts).casefold() or count < 0.9 * most:
        return Finding(topic, True, f"{count} active.", required=False)
    return Finding(topic, False, f"{count} active of {most}.", "Make some of them inactive.", required=False)


def _account(facts: Facts, purpose: str, setting: str) -> Finding:
    account, problem = facts.account(purpose)
    if account is None:
        return Finding(setting, False, str(problem), f"Set {setting} to an account of the right type.", required=False)
    return Finding(setting, True, f"account {facts.accounts[purpose]}")


def _stated(topic: str, check: Callable[[], Finding]) -> Finding:
    try:
        return check()
    except FixTheSetup as error:
        return Finding(topic, False, error.found, error.remedy)
