"""What the doctor says about a PEX connection (PEX-2..5, PEX-12, PEX-17, PEX-18)."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from jobledger.errors import Finding, FixTheSetup
from jobledger.systems.pex.api import Api
from jobledger.systems.pex.reading import COST_CODES, COST_TYPES, PROJECTS
from jobledger.systems.pex.refusals import PERMISSIONS, TITLE, WHERE_GIVEN
from jobledger.systems.pex.tags import PLACEHOLDER, REMEDY, Tags, problem
from jobledger.systems.pex.tokens import LAST_MONTH, ends_at

_KINDS = (PROJECTS, COST_CODES, COST_TYPES)


def findings(api: Api, tags: Tags) -> list[Finding]:
    """Every check; the later ones are left out where PEX cannot be reached."""
    first = _stated(f"{TITLE} business", lambda: about_business(api))
    if not first.ok:
        return [first]
    return [first, about_life(api), *about_permissions(api), *about_tags(api, tags)]


def about_token(api: Api) -> list[Finding]:
    """What can be said of a token alone, for the connection's Test button. Raises `FixTheSetup`, `RetryLater`."""
    return [about_business(api), about_life(api), *about_permissions(api)]


def about_business(api: Api) -> Finding:
    """Which business the token leads to, and whether the integration names it (PEX-5). Raises `FixTheSetup`."""
    api.check_business()
    found = api.token
    name, key = found.get("BusinessAccountName"), found.get("BusinessAccountId")
    return Finding(f"{TITLE} business", True, f"Connected to {name}, business {key} (accounting.tenant_id).")


def about_life(api: Api) -> Finding:
    """How long the token is good; Jobledger renews it in its last month."""
    topic, ends = f"{TITLE} token", ends_at(api.token)
    left = (ends - api.now()).days
    said = f"good until {ends:%Y-%m-%d}"
    if left > LAST_MONTH.days:
        return Finding(topic, True, f"{said}; it is renewed in its last month.")
    if left > LAST_MONTH.days // 2:
        return Finding(topic, True, f"{said}; the next run renews it.")
    remedy = "Make a new one in PEX (Profile > Authorized Apps) and put it into the connection."
    return Finding(topic, False, f"{said}, and {TITLE} has not renewed it.", remedy, required=False)


def about_permissions(api: Api) -> Iterator[Finding]:
    """Each of the three permissions of the token's user (PEX-3, PEX-4)."""
    answer = api.get("Business/MyProfile")
    given = ((answer.body or {}).get("Admin") or {}).get("Permissions") or {}
    user = api.token.get("Username")
    for name, called in PERMISSIONS.items():
        has = bool(given.get(name))
        message = f"{user} {'may' if has else 'may not'}: {called}."
        yield Finding(f"{TITLE} permission: {called}", has, message, "" if has else WHERE_GIVEN)


def about_tags(api: Api, tags: Tags) -> Iterator[Finding]:
    """Each tag that takes part: it is there, a dropdown, enabled; that of cost codes is required (PEX-12, PEX-18)."""
    try:
        named = {kind: tags.named(kind) for kind in _KINDS}
    except FixTheSetup as error:
        yield Finding(f"{TITLE} tags", False, error.found, error.remedy)
        return
    if not any(named.values()):
        wanted = ", ".join(f"'{tags.reading.tags[kind]}'" for kind in _KINDS)
        remedy = REMEDY.format(placeholder=PLACEHOLDER.title())
        yield Finding(f"{TITLE} tags", False, f"none of the tags {wanted} is there.", remedy)
        return
    for kind, tag in named.items():
        topic = f"{TITLE} tag of {kind.replace('_', ' ')}"
        wrong = problem(tag)
        if wrong:
            is_needed = kind in tags.reading.filled
            message = f"'{tags.reading.tags[kind]}' (pex.tags.{kind}) {wrong}"
            off = "" if kind == PROJECTS else f" Or switch it off: pex.{kind}_tag: false."
            yield Finding(
                topic, False, message, REMEDY.format(placeholder=PLACEHOLDER.title()) + off, required=is_needed
            )
        elif kind == COST_CODES and tag and not tag.get("IsRequired"):
            remedy = f"Tick Required for it in {TITLE}'s Tag Manager: else purchases come without a cost code."
            yield Finding(
                topic, False, f"'{tag['Name']}' is not required.", remedy, required=kind in tags.reading.filled
            )
        else:
            yield Finding(topic, True, f"'{(tag or {}).get('Name')}' is a dropdown and enabled.")


def _stated(topic: str, check: Callable[[], Finding]) -> Finding:
    try:
        return check()
    except FixTheSetup as error:
        return Finding(topic, False, error.found, error.remedy)
