"""The work breakdown structure: a project's segments, their items, and WBS ("budget") codes such as "03-300.S".

The default pattern is sub job (optional), cost code, cost type; a project may have custom segments besides.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from sandbox.procore import codes
from sandbox.procore.errors import Errors, InvalidError
from sandbox.procore.fields import choice, integer, objects, text
from sandbox.procore.resource import Resource, pick, write
from sandbox.procore.state import State
from sandbox.world import Record

DELIMITER = "."
PATTERN_ID = 598134325000001
_SOURCES = {"sub_job": "sub_jobs", "cost_code": "cost_codes", "line_item_type": "line_item_types"}
_DEFAULTS = (
    {"id": 598134325000011, "type": "sub_job", "name": "Sub Job", "required": False, "structure": "flat"},
    {"id": 598134325000012, "type": "cost_code", "name": "Cost Code", "required": True, "structure": "tiered"},
    {"id": 598134325000013, "type": "line_item_type", "name": "Cost Type", "required": True, "structure": "flat"},
)

SEGMENTS = Resource(
    entity="segments",
    wrapper="segment",
    fields={"name": text(), "structure": choice("tiered", "flat"), "project_id": integer},
    required=("name", "project_id"),
    defaults={"structure": "flat", "type": "custom", "required": True},
)
SEGMENT_ITEMS = Resource(
    entity="segment_items",
    wrapper="segment_item",
    fields={"code": text(), "name": text(), "parent_id": integer, "segment_id": integer},
    required=("code", "name", "segment_id"),
)


def segments(state: State, project_id: int | None) -> list[Record]:
    """The segments of a project's pattern, in order; of the company's, without a project."""
    own = state.find("segments", "project_id", project_id) if project_id else []
    return [_segment(state, row, position) for position, row in enumerate([*_DEFAULTS, *own], 1)]


def pattern(state: State, project_id: int | None) -> Record:
    """The pattern of WBS codes."""
    return {
        "id": PATTERN_ID,
        "description": "",
        "is_project_level_ordered": False,
        "segments": segments(state, project_id),
    }


def segment_items(state: State, project_id: int | None, segment_id: Any) -> list[Record] | None:
    """The items of a segment, or None if the project has no such segment."""
    segment = next((row for row in segments(state, project_id) if str(row["id"]) == str(segment_id)), None)
    if segment is None:
        return None
    return [_item(state, segment, row) for row in _rows_of(state, segment, project_id)]


def _rows_of(state: State, segment: Record, project_id: int | None) -> list[Record]:
    if segment["type"] == "custom":
        return state.find("segment_items", "segment_id", segment["id"])
    source = _SOURCES[segment["type"]]
    return state.rows(source) if source == "line_item_types" else state.find(source, "project_id", project_id)


def _segment(state: State, row: Record, position: int) -> Record:
    return {
        **{name: row[name] for name in ("id", "type", "name", "required", "structure")},
        "position": position,
        "delimiter": DELIMITER,
        "tiered": row["structure"] == "tiered",
        "is_included_in_project_pattern": True,
        "wbs_pattern_id": PATTERN_ID,
    }


def _item(state: State, segment: Record, row: Record) -> Record:
    source = _SOURCES.get(segment["type"], "segment_items")
    ancestors = codes.path(state, source, row)
    return {
        **{name: row.get(name) for name in ("id", "code", "name", "parent_id", "created_at", "updated_at")},
        "path_ids": [ancestor["id"] for ancestor in ancestors],
        "path_codes": [ancestor["code"] for ancestor in ancestors],
        "path_names": [ancestor["name"] for ancestor in ancestors],
        "in_use": True,
        "path_code": codes.DELIMITER.join(ancestor["code"] for ancestor in ancestors),
        "is_parent": source == "cost_codes" and codes.is_parent(state, source, row["id"]),
        "segment": segment,
        "status": "active",
    }


def _settle(state: State, after: Record, before: Record | None) -> Record:
    if before is not None and "segment_items" not in after:
        return after
    settled = {name: value for name, value in after.items() if name != "segment_items"}
    settled = {**settled, **_chosen(state, after)}
    parts = [part for part in _parts(state, settled) if part]
    flat = DELIMITER.join(code for code, _ in parts)
    return {**settled, "flat_code": flat, "flat_name": DELIMITER.join(name or "" for _, name in parts)}


def _chosen(state: State, after: Record) -> Record:
    given = {str(item.get("segment_id")): item.get("segment_item_id") for item in after.get("segment_items") or []}
    if not given:
        return {}
    chosen = {row["type"]: given.get(str(row["id"])) for row in _DEFAULTS}
    own = [row["id"] for row in state.find("segments", "project_id", after["project_id"])]
    return {
        **{f"{kind}_id": _integer(key) for kind, key in chosen.items()},
        "custom_items": {str(key): _integer(given[str(key)]) for key in own if str(key) in given},
    }


def _integer(value: Any) -> int | None:
    return int(value) if value is not None and str(value).isdigit() else None


def _parts(state: State, wbs: Record) -> list[tuple[str, str] | None]:
    parts: list[tuple[str, str] | None] = []
    for kind, source in _SOURCES.items():
        row = state.get(source, wbs.get(f"{kind}_id"))
        parts.append((codes.full_code(state, source, row), row["name"]) if row else None)
    for key in (wbs.get("custom_items") or {}).values():
        item = state.get("segment_items", key)
        parts.append((item["code"], item["name"]) if item else None)
    return parts


def _errors(state: State, after: Record, before: Record | None) -> Errors:
    if before is not None:
        return {}
    code = state.get("cost_codes", after.get("cost_code_id"))
    if code is None or code["project_id"] != after["project_id"]:
        return {"segment_items": ["must name a cost code of the project"]}
    if state.get("line_item_types", after.get("line_item_type_id")) is None:
        return {"segment_items": ["must name a cost type of the company"]}
    missing = _unnamed_segments(state, after)
    if missing:
        return {"segment_items": [f"must name an item of the segment {missing[0]}"]}
    return {"segment_items": ["has already been taken"]} if same_code(state, after) else {}


def _unnamed_segments(state: State, after: Record) -> list[str]:
    given = after.get("custom_items") or {}
    own = state.find("segments", "project_id", after["project_id"])
    return [row["name"] for row in own if row["required"] and not state.get("segment_items", given.get(str(row["id"])))]


def same_code(state: State, wbs: Record) -> Record | None:
    """The project's WBS code with the same items, or None."""
    rows = state.find("wbs_codes", "cost_code_id", wbs.get("cost_code_id"))
    keys = ("project_id", "line_item_type_id", "sub_job_id", "custom_items")
    return next((row for row in rows if all((row.get(key) or None) == (wbs.get(key) or None) for key in keys)), None)


def show_wbs_code(state: State, wbs: Record) -> Record:
    """A WBS code with its segment items."""
    names = ("id", "flat_code", "flat_name", "description", "status", "created_at", "updated_at")
    return {
        **{name: wbs.get(name) for name in names},
        "segment_items": _items_of(state, wbs),
        "wbs_pattern_id": PATTERN_ID,
    }


def _items_of(state: State, wbs: Record) -> list[Record]:
    found = []
    for segment in segments(state, wbs["project_id"]):
        custom = segment["type"] == "custom"
        source = "segment_items" if custom else _SOURCES[segment["type"]]
        key = (wbs.get("custom_items") or {}).get(str(segment["id"])) if custom else wbs.get(f"{segment['type']}_id")
        row = state.get(source, key)
        found += [_item(state, segment, row)] if row else []
    return found


WBS_CODES = Resource(
    entity="wbs_codes",
    wrapper="wbs_code",
    fields={"description": text(), "status": choice("active", "inactive"), "segment_items": objects},
    defaults={"status": "active"},
    only_at_creation=frozenset({"segment_items"}),
    settle=_settle,
    check=_errors,
    show=show_wbs_code,
)


def bulk_create(state: State, project_id: int, rows: list[Any]) -> Record:
    """Creates WBS codes; those that exist are updated instead (Procore: bulk create WBS codes)."""
    entities: list[Record] = []
    refused: list[Record] = []
    for row in rows:
        try:
            entities.append(show_wbs_code(state, _created_or_updated(state, project_id, row)))
        except InvalidError as error:
            refused.append({**row, "errors": error.errors})
    return {"entities": entities, "errors": refused}


def _created_or_updated(state: State, project_id: int, row: Record) -> Record:
    if not isinstance(row.get("segment_items"), list):
        raise InvalidError({"segment_items": ["can't be blank"]})
    same = same_code(state, {"project_id": project_id, **_chosen(state, {**row, "project_id": project_id})})
    if same:
        return write(state, WBS_CODES, {name: row[name] for name in ("description",) if name in row}, same)
    return write(state, WBS_CODES, row, fixed={"project_id": project_id})


def code_of_line(state: State, line: Record) -> Record | None:
    """The WBS code that a line names: by `wbs_code_id`, else by `cost_code_id` and `line_item_type_id`."""
    if line.get("wbs_code_id"):
        wbs = state.get("wbs_codes", line["wbs_code_id"])
        return wbs if wbs and wbs["project_id"] == line["project_id"] else None
    named = {name: line.get(name) for name in ("project_id", "cost_code_id", "line_item_type_id")}
    wbs = same_code(state, named) if line.get("cost_code_id") else None
    if wbs is None and not state.by_api and line.get("cost_code_id"):
        return write(state, WBS_CODES, {**named, "sub_job_id": line.get("sub_job_id")})
    return wbs


def charge_errors(state: State, line: Record) -> Errors:
    """Costs sit on active WBS codes, the cost code of which is no division (Procore: "not chargeable")."""
    wbs = state.get("wbs_codes", line.get("wbs_code_id"))
    if wbs is None:
        return {"wbs_code": ["must exist"]}
    if codes.is_parent(state, "cost_codes", wbs["cost_code_id"]):
        return {"wbs_code": [f"{wbs['flat_code']} is not chargeable: the cost code is a division"]}
    return {"wbs_code": ["is inactive"]} if wbs.get("status") == "inactive" else {}


def rename_codes(state: State, cost_code: Record) -> None:
    """Writes the flat codes of a cost code, and of those below it, anew after it was renamed."""
    for wbs in state.find("wbs_codes", "cost_code_id", cost_code["id"]):
        after = _settle(state, {**wbs, "segment_items": []}, wbs)
        if after["flat_code"] != wbs["flat_code"] or after["flat_name"] != wbs["flat_name"]:
            state.change("wbs_codes", wbs, after)
    for child in state.find("cost_codes", "parent_id", cost_code["id"]):
        rename_codes(state, child)


def with_segments(state: State, wbs_code_id: Any) -> Record | None:
    """A WBS code as it is nested in an invoice item: with its segment items."""
    wbs = state.get("wbs_codes", wbs_code_id)
    if wbs is None:
        return None
    names = ("id", "code", "name", "path_ids", "path_codes")
    items = [
        {
            **{name: item[name] for name in names},
            "segment_type": item["segment"]["type"],
            "segment_id": item["segment"]["id"],
        }
        for item in _items_of(state, wbs)
    ]
    return {**(brief(state, wbs_code_id) or {}), "segment_items": items}


def brief(state: State, wbs_code_id: Any) -> Record | None:
    """A WBS code as it is nested in a line."""
    return pick(state.get("wbs_codes", wbs_code_id), "id", "flat_code", "description")


PROJECT_COST_CODES = replace(codes.COST_CODES, after=rename_codes)
"""A project's cost codes; their WBS codes follow when they are renamed."""
