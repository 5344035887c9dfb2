"""Which Xero organisations are supported: by country, and by plan (XER-2, XER-3, XER-4).

Xero names its plans by country and by year; its API tells a class. Demo and trial organisations count as supported,
because that is where an integration is tried.
"""

from __future__ import annotations

from collections.abc import Mapping

_EARLIER = {
    "STARTER": "Early",
    "STANDARD": "Growing",
    "PREMIUM": "Established",
    "PREMIUM_20": "Established",
    "PREMIUM_50": "Established",
    "PREMIUM_100": "Established",
}
_LATER = {
    "IGNITE": "Ignite",
    "GROW": "Grow",
    "COMPREHENSIVE": "Comprehensive",
    **dict.fromkeys(("ULTIMATE", "ULTIMATE_10", "ULTIMATE_20", "ULTIMATE_50", "ULTIMATE_100"), "Ultimate"),
}
_TRIED = {"DEMO": "Demo", "TRIAL": "Trial"}

PLANS: Mapping[str, Mapping[str, str]] = {
    **{country: {**_TRIED, **_EARLIER} for country in ("US", "CA", "SG", "HK", "ZA", "IE", "AE")},
    **{country: {**_TRIED, **_EARLIER, **_LATER} for country in ("AU", "GB", "NZ")},
}
"""Country -> class -> what the plan is called there. In AU, GB and NZ older organisations keep the earlier plans."""


def plan_name(country: str, organisation_class: str) -> str | None:
    """What the plan is called in a country, or None if it is not supported there."""
    return PLANS.get(country, {}).get(organisation_class)


def why_not(country: str, organisation_class: str, edition: str) -> str | None:
    """Why an organisation cannot be connected, in words; None if it can."""
    if country not in PLANS:
        return f"Xero organisations in {country or 'an unknown country'} are not supported: {', '.join(sorted(PLANS))}."
    if edition == "PARTNER":
        return "This is a partner edition (ledger or cashbook), which has no bills."
    if plan_name(country, organisation_class) is None:
        names = ", ".join(dict.fromkeys(PLANS[country].values()))
        return f"The plan '{organisation_class}' is not supported in {country}; supported are {names}."
    return None
