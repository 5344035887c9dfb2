"""The budget code of a document's line, as the books know it: cost code and cost type, such as 03-300.S (ACC-2).

A line that sits on a sub job or on a custom segment says so in words, because the books have no place for it.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from jobledger.systems.base import Record

DELIMITER = "-"
"""Between the parts of a cost code, where Procore does not show the code in full."""


@dataclass(frozen=True)
class LineCodes:
    """How the lines of one project name their codes; `ignore_sub_jobs`: a sub job counts as the project itself."""

    project: str
    ignore_sub_jobs: bool = False

    def of_line(self, line: Mapping[str, Any]) -> Record:
        """`code`, and what has no place in the books, of a line with its cost code and cost type."""
        flat = str((line.get("wbs_code") or {}).get("flat_code") or "")
        full = str((line.get("cost_code") or {}).get("full_code") or "")
        if not full:
            return {"code": flat or None}
        kind = str((line.get("line_item_type") or {}).get("code") or "")
        sub_job, custom = _around(flat, full, kind)
        return self._told(f"{full}.{kind}" if kind else full, sub_job, custom)

    def of_wbs(self, wbs: Mapping[str, Any]) -> Record:
        """The same of a WBS code that is nested with its segment items, as invoices do."""
        items = wbs.get("segment_items") or []
        by_type = {item.get("segment_type"): item for item in items}
        flat = str(wbs.get("flat_code") or "")
        if "cost_code" not in by_type:
            return {"code": flat or None}
        full = _full_code(by_type["cost_code"], flat)
        kind = (by_type.get("line_item_type") or {}).get("code")
        sub_job, custom = by_type.get("sub_job"), [item for item in items if item.get("segment_type") == "custom"]
        named = ", ".join(_named(item) for item in custom)
        return self._told(f"{full}.{kind}" if kind else full, _named(sub_job) if sub_job else "", named)

    def _told(self, code: str, sub_job: str, custom: str) -> Record:
        kept = {"sub_job": "" if self.ignore_sub_jobs else sub_job, "custom_segments": custom}
        return {"code": code, **{name: f"{text} in project '{self.project}'" for name, text in kept.items() if text}}


def _named(item: Mapping[str, Any]) -> str:
    return " ".join(str(item[name]) for name in ("code", "name") if item.get(name))


def _around(flat: str, full: str, kind: str) -> tuple[str, str]:
    """What stands before and after cost code and cost type in a flat code: the sub job, and custom segments."""
    core = rf"{re.escape(full)}(?:\W{re.escape(kind)})?" if kind else re.escape(full)
    match = re.fullmatch(rf"(?:(?P<before>.+)\W)?{core}(?:\W(?P<after>.+))?", flat)
    return (match["before"] or "", match["after"] or "") if match else ("", flat)


def _full_code(item: Mapping[str, Any], flat: str) -> str:
    """A cost code with its parents, as the flat code writes it."""
    path: Sequence[Any] = item.get("path_codes") or [item.get("code") or ""]
    match = re.search(r"\W?".join(re.escape(str(code)) for code in path), flat)
    return match[0] if match else DELIMITER.join(str(code) for code in path)
