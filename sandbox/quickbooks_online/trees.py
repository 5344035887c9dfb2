"""Lists whose records can lie under others: full names, levels, unique names, inactive ones."""

from __future__ import annotations

import re
from dataclasses import dataclass

from sandbox.quickbooks_online.books import DELETED, Books, taken_names
from sandbox.quickbooks_online.errors import RefusedError, business, missing
from sandbox.world import Record

DEEPEST = 5


@dataclass(frozen=True)
class Tree:
    """One such list: which flag makes a record a child, which field holds its name."""

    entity: str
    flag: str
    name: str = "Name"


def named(record: Record, field: str = "Name") -> Record:
    """The record with its name checked, and marked while it is inactive. Raises `RefusedError` 2020 or 2040."""
    name = str(record.get(field, "")).removesuffix(DELETED).strip()
    if not name:
        raise missing(field)
    if re.search(r"[:\t\r\n]", name):
        raise RefusedError(2040, f"Invalid or unsupported characters in {field}: no colon, tab or new line", field)
    active = record.get("Active", True)
    return {**record, "Active": active, field: name if active else name + DELETED}


def placed(books: Books, tree: Tree, record: Record) -> Record:
    """The record with its full name and level. Raises `RefusedError` for a parent that cannot be one."""
    if not record.get(tree.flag):
        record = {name: value for name, value in record.items() if name != "ParentRef"}
        return {**record, tree.flag: False, "FullyQualifiedName": record[tree.name], "Level": 0}
    if "ParentRef" not in record:
        raise RefusedError(6150, f"ParentRef is required when {tree.flag} is true", "ParentRef")
    parent = books.get(tree.entity, record["ParentRef"]["value"]) or {}
    _check_no_circle(books, tree, record, parent)
    level = parent.get("Level", 0) + 1
    if level + _depth_below(books, tree, record) >= DEEPEST:
        raise RefusedError(6180, f"You can only have {DEEPEST} levels, counting the top one", "ParentRef")
    return {**record, "FullyQualifiedName": f"{parent['FullyQualifiedName']}:{record[tree.name]}", "Level": level}


def check_unique(books: Books, entities: tuple[str, ...], field: str, record: Record) -> None:
    """Refuses a name that another record of the entities has, or had while it was active."""
    for entity in entities:
        for name in taken_names(record[field], record):
            for other in books.find(entity, "name", name):
                if (entity, other["Id"]) != (entities[0], record.get("Id")):
                    raise RefusedError(6240, f"The name supplied already exists. : Id={other['Id']}")


def rename_children(books: Books, tree: Tree, parent: Record) -> None:
    """Passes a full name on to what lies below."""
    for child in books.find(tree.entity, "parent", parent["Id"]):
        moved = {
            **child,
            "FullyQualifiedName": f"{parent['FullyQualifiedName']}:{child[tree.name]}",
            "Level": parent["Level"] + 1,
        }
        if moved != child:
            books.put(tree.entity, moved)
            rename_children(books, tree, moved)


def _check_no_circle(books: Books, tree: Tree, record: Record, parent: Record) -> None:
    above: Record | None = parent
    while above:
        if above["Id"] == record.get("Id"):
            raise business("A record cannot lie under itself", "ParentRef")
        above = books.get(tree.entity, above["ParentRef"]["value"]) if above.get("ParentRef") else None


def _depth_below(books: Books, tree: Tree, record: Record) -> int:
    children = books.find(tree.entity, "parent", record["Id"]) if record.get("Id") else []
    return max((1 + _depth_below(books, tree, child) for child in children), default=0)
