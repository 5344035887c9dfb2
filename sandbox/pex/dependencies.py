"""Tag dependencies: which options of one dropdown go with which options of another.

What TriggerOptions and AllowedOptions hold is not documented: here option Values, letter by letter, nothing else. An
option may trigger one rule only. `Condition.Type` has no documented values: any text is kept as it came. Source is
taken, and not told, as a name that PEX does not know.
"""

from __future__ import annotations

from collections import Counter
from typing import Any

from sandbox.pex import tags
from sandbox.pex.business import an_object
from sandbox.pex.errors import RefusedError, invalid, not_found
from sandbox.pex.state import State
from sandbox.world import Record

_SHORT = ("DependencyId", "DependentTagId", "Name", "Type", "DependsOnTagId", "Created", "Updated")
_EVERYTHING: Record = {"AllowedAll": True, "AllowedOptions": []}


def of_business(state: State) -> list[Record]:
    """`GET tags/dependencies`: all of them, without their rules."""
    return [{name: one[name] for name in _SHORT} for one in state.all("dependencies")]


def of_tag(state: State, tag_id: str) -> list[Record]:
    """`GET tags/{tagId}/option-dependencies`. Raises `RefusedError`."""
    tags.dropdown(state, tag_id)
    return [one for one in state.all("dependencies") if one["DependentTagId"] == tag_id]


def dependency(state: State, tag_id: str, key: str) -> Record:
    """One dependency of a tag. Raises `RefusedError`."""
    found = state.get("dependencies", key)
    if found is None or found["DependentTagId"] != tag_id:
        raise not_found(f"Dependency {key} of tag {tag_id}")
    return found


def create(state: State, tag_id: str, sent: Any) -> Record:
    """`POST tags/{tagId}/option-dependencies`; one per pair of tags. Raises `RefusedError`."""
    body = an_object(sent)
    on = body.get("DependsOnTagId")
    tag = tags.dropdown(state, tag_id)
    if any(one["DependsOnTagId"] == on for one in of_tag(state, tag_id)):
        raise RefusedError(409, f"Tag {tag_id} depends on tag {on} already")
    made = {
        "DependencyId": state.guid(),
        "DependentTagId": tag_id,
        "Name": tag["Name"],
        "Type": "Options",
        "DependsOnTagId": on,
        "Created": _audit(state),
        "Updated": None,
        **_read(state, tag, on, body, known=set()),
    }
    return state.save("dependencies", made["DependencyId"], made)


def replace(state: State, tag_id: str, key: str, sent: Any) -> Record:
    """`PUT …/{dependencyId}`: rules with a RuleId keep it, others get one, and those left out are gone."""
    body = an_object(sent)
    before = dependency(state, tag_id, key)
    on = body.get("DependsOnTagId")
    if on != before["DependsOnTagId"]:
        raise invalid(f"DependsOnTagId is {on}, and cannot be changed from {before['DependsOnTagId']}")
    known = {one["RuleId"] for one in before["Rules"]}
    read = _read(state, tags.dropdown(state, tag_id), on, body, known)
    return state.save("dependencies", key, {**before, **read, "Updated": _audit(state)})


def delete(state: State, tag_id: str, key: str) -> Record:
    """`DELETE …/{dependencyId}`. Raises `RefusedError`."""
    dependency(state, tag_id, key)
    state.remove("dependencies", key)
    return {}


def seed(state: State, sent: Record) -> Record:
    """Puts or changes a dependency as an administrator does: `DependentTagId` and `DependsOnTagId` by id or name."""
    tag_id, on = (tags.named(state, str(sent.get(name)))["Id"] for name in ("DependentTagId", "DependsOnTagId"))
    body = {**sent, "DependsOnTagId": on}
    if sent.get("DependencyId"):
        return replace(state, tag_id, sent["DependencyId"], body)
    return create(state, tag_id, body)


def _read(state: State, tag: Record, on: Any, body: Record, known: set[str]) -> Record:
    """Rules and Default, checked; `known` are the RuleIds that may be named."""
    trigger = state.get("tags", on)
    if trigger is None or trigger["Type"] != tags.DROPDOWN or on == tag["Id"]:
        raise invalid(f"DependsOnTagId is {on!r}, and must be another dropdown")
    rules = body.get("Rules")
    if not isinstance(rules, list):
        raise invalid("Rules is required: a list")
    triggers, allowed = tags.values(trigger), tags.values(tag)
    read = [_rule(state, one, triggers, allowed, known) for one in rules]
    triggered = Counter(value for one in read for value in one["Condition"]["TriggerOptions"])
    twice = [value for value, times in triggered.items() if times > 1]
    if twice:
        raise invalid(f"TriggerOptions hold {', '.join(twice)} more than once")
    default = an_object(body.get("Default") or _EVERYTHING)
    return {
        "Rules": read,
        "Default": {
            "AllowedAll": default.get("AllowedAll") is True,
            "AllowedOptions": _values(default.get("AllowedOptions") or [], allowed, "Default.AllowedOptions"),
        },
    }


def _rule(state: State, sent: Any, triggers: set[str], allowed: set[str], known: set[str]) -> Record:
    rule = an_object(sent)
    condition = an_object(rule.get("Condition"))
    key = rule.get("RuleId")
    if key is not None and key not in known:
        raise invalid(f"RuleId {key} is not one of this dependency")
    chosen = _values(condition.get("TriggerOptions"), triggers, "TriggerOptions")
    if not chosen:
        raise invalid("TriggerOptions is empty")
    return {
        "RuleId": key or state.guid(),
        "Condition": {"Type": condition.get("Type"), "TriggerOptions": chosen},
        "AllowedOptions": _values(rule.get("AllowedOptions"), allowed, "AllowedOptions"),
    }


def _values(sent: Any, known: set[str], name: str) -> list[str]:
    if not isinstance(sent, list):
        raise invalid(f"{name} is required: a list of option Values")
    unknown = [value for value in sent if value not in known]
    if unknown:
        raise invalid(f"{name} holds {unknown[0]!r}, which is the Value of no option")
    return sent


def _audit(state: State) -> Record:
    return {"UserId": state.user()["AdminId"], "DateTime": state.stamp()}
