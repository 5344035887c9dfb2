"""Tag definitions and their options.

Of an option, Name is what the admin site calls "Display as", and Value its "Option value". An option may be for some
groups only (`AvailableTo`, which the API does not show): it is hidden unless OverrideRestrictions is asked for, and an
option that a PUT leaves out is deleted, hidden or not. That a stale ConcurrencyKey is 409 is documented for the tags of
transactions; here it is so for definitions too. A Name has at most 100 characters, which is a guess.
"""

from __future__ import annotations

from typing import Any

from sandbox.pex.errors import RefusedError, invalid, not_found, stale
from sandbox.pex.state import State, enum_name
from sandbox.world import Record

TYPES = {
    0: "Text",
    1: "YesNo",
    2: "Dropdown",
    3: "Decimal",
    4: "PercentageTax",
    5: "AbsoluteTax",
    10: "Allocation",
}
DROPDOWN, ALLOCATION = "Dropdown", "Allocation"
LONGEST_NAME = 100
_OPTION = ("Name", "Value", "Order", "IsEnabled")
_FLAGS = ("IsRequired", "IsEnabled")


def definitions(state: State) -> list[Record]:
    """Every definition, in order; options for some groups only are hidden."""
    return [shown(one, restricted=True) for one in sorted(state.all("tags"), key=lambda one: one["Order"])]


def definition(state: State, tag_id: str) -> Record:
    """The definition of that id. Raises `RefusedError`."""
    found = state.get("tags", tag_id)
    if found is None:
        raise not_found(f"Tag {tag_id}")
    return found


def dropdown(state: State, tag_id: str) -> Record:
    """The same, of a dropdown that is not deleted. Raises `RefusedError`."""
    found = definition(state, tag_id)
    if found["Type"] != DROPDOWN:
        raise invalid(f"Tag {tag_id} is not a dropdown")
    if found["IsDeleted"]:
        raise not_found(f"Tag {tag_id}")
    return found


def named(state: State, name: str) -> Record:
    """The tag of an id or a name, whatever its case, as a person speaks of it. Raises `RefusedError`."""
    found = state.get("tags", name)
    alike = [one for one in state.all("tags") if one["Name"].casefold() == name.strip().casefold()]
    if found is None and not alike:
        raise invalid(f"There is no tag {name!r}; there are: {', '.join(one['Name'] for one in state.all('tags'))}")
    return found or alike[0]


def values(tag: Record) -> set[str]:
    """The Values of a dropdown's options, disabled ones too."""
    return {one["Value"] for one in tag.get("Options", [])}


def shown(tag: Record, restricted: bool) -> Record:
    """A definition as the API tells it; `restricted` hides options that are for some groups only."""
    if "Options" not in tag:
        return tag
    seen = [one for one in tag["Options"] if not restricted or not one.get("AvailableTo")]
    return {**tag, "Options": [{name: one[name] for name in _OPTION} for one in seen]}


def replace_dropdown(state: State, tag_id: str, sent: Record) -> Record:
    """`PUT Tag/Dropdown/{id}`: the whole tag, options included; what is left out is gone. Raises `RefusedError`."""
    before = dropdown(state, tag_id)
    if not sent.get("ConcurrencyKey"):
        raise invalid("ConcurrencyKey is required")
    if sent["ConcurrencyKey"] != before["ConcurrencyKey"]:
        raise stale(f"Tag {tag_id}")
    if "Type" in sent and enum_name(sent["Type"], TYPES, "Type") != DROPDOWN:
        raise invalid("Type of a tag cannot be changed")
    groups = {one["Value"]: one.get("AvailableTo") for one in before["Options"]}
    options = _options(sent.get("Options"), enabled=False)
    written = {
        **before,
        "Name": _text(sent, "Name"),
        "Description": sent.get("Description"),
        "Order": _order(sent),
        **{name: sent.get(name) is True for name in _FLAGS},
        "Options": [{**one, "AvailableTo": groups.get(one["Value"])} for one in options],
    }
    return _keep(state, written, before)


def seed(state: State, sent: Record) -> Record:
    """Puts or changes a tag as a person in Tag Manager does; options may be bare words. Raises `RefusedError`."""
    before = state.get("tags", sent["Id"]) if sent.get("Id") else None
    kind = enum_name(sent.get("Type", (before or {}).get("Type", DROPDOWN)), TYPES, "Type")
    if kind == ALLOCATION and before is None and any(one["Type"] == ALLOCATION for one in state.all("tags")):
        raise invalid("A business has one allocation tag at most")
    fresh: Record = {
        "Id": state.hex_id() if before is None and not sent.get("Id") else None,
        "Type": kind,
        "Name": None,
        "Description": None,
        "Order": sum(1 for _ in state.all("tags")),
        "IsRequired": False,
        "IsEnabled": True,
        "IsDeleted": False,
    }
    written = {**(before or fresh), **sent, "Type": kind}
    _text(written, "Name")
    if kind == DROPDOWN:
        written["Options"] = _options(written.get("Options"), enabled=True)
    if kind == "Text":
        written = {"MinLength": 0, "Length": 255, "ValidationType": "None", **written}
    if written["IsDeleted"]:
        written = {**written, "IsEnabled": False, "DeletedDateUtc": state.stamp(), "DeletedBy": state.user()}
    return _keep(state, written, before)


def _keep(state: State, written: Record, before: Record | None) -> Record:
    changed: Record = {"UpdatedDateUtc": state.stamp(), "UpdatedBy": state.user()}
    if before is None:
        changed = {"CreatedDateUtc": state.stamp(), "CreatedBy": state.user(), "UpdatedDateUtc": None}
    return state.save("tags", written["Id"], {**written, "ConcurrencyKey": state.guid(), **changed})


def _options(sent: Any, enabled: bool) -> list[Record]:
    """Options as they are stored; `enabled` is what stands for an IsEnabled that was not sent."""
    if not isinstance(sent, list):
        raise invalid("Options is required: a list")
    options = [_option(one, enabled) for one in sent]
    for name in ("Name", "Value"):
        _unique(name, [one[name] for one in options])
    if not any(one["IsEnabled"] for one in options):
        raise invalid("At least one option must be enabled")
    return options


def _option(sent: Any, enabled: bool) -> Record:
    option = {"Name": sent, "Value": sent} if isinstance(sent, str) else sent
    if not isinstance(option, dict):
        raise invalid(f"An option is an object with Name and Value, not {sent!r}")
    name, value = _text(option, "Name"), _text(option, "Value")
    if len(name) > LONGEST_NAME:
        raise invalid(f"Name of the option with Value {value} is longer than {LONGEST_NAME} characters")
    is_enabled = option.get("IsEnabled", enabled) is True
    kept = {"Name": name, "Value": value, "Order": _order(option), "IsEnabled": is_enabled}
    return {**kept, "AvailableTo": option.get("AvailableTo")}


def _unique(name: str, given: list[str]) -> None:
    seen: set[str] = set()
    for text in given:
        key = text.strip().casefold()
        if key in seen:
            raise invalid(f"{name} of two options is {text!r}: they must be unique, whatever their case")
        seen.add(key)


def _text(sent: Record, name: str) -> str:
    value = sent.get(name)
    if not isinstance(value, str) or not value.strip():
        raise invalid(f"{name} is required: text that is not empty")
    return value


def _order(sent: Record) -> int:
    order = sent.get("Order") or 0
    if not isinstance(order, int) or order < 0:
        raise RefusedError(400, f"Order is {order!r}, and must be a number from 0")
    return order
