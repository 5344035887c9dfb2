"""Tracking options of the one category whose options are projects (XER-116)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from jobledger.errors import FixTheSetup, OutcomeUnknown
from jobledger.systems.base import Page, Record, Window, Write, WriteResult
from jobledger.systems.client import Answer, Call
from jobledger.systems.compare import same_key
from jobledger.systems.paging import Sheet, read_whole
from jobledger.systems.results import accepted, after_others, unknown
from jobledger.systems.xero.api import ROOT, Api
from jobledger.systems.xero.entities import MOST_ACTIVE_OPTIONS, OPTIONS_ALARM, tracking_option
from jobledger.systems.xero.refusals import messages_of
from jobledger.systems.xero.writes import refused

WHERE = "accounting.project_tracking_category"


@dataclass
class TrackingOptions:
    """The options of the category that the integration names. Xero tells no time of change of them."""

    api: Api
    category_name: str | None
    _category: Record | None = field(default=None, repr=False)

    def read(self, window: Window) -> Iterator[Page]:
        """All options, archived ones included; a note when the category is nearly full. Raises `FixTheSetup`."""
        notes: tuple[str, ...] = ()
        for page in read_whole(self._sheet, _option_id, "Xero tracking options"):
            notes = self._alarm(page.rows)
            yield Page(page.rows, page.read_at, notes)

    def fetch(self, ids: Sequence[str]) -> list[Record]:
        """Options by id."""
        wanted = set(ids)
        return [row for row in self._options(self._read_category()) if row["TrackingOptionID"] in wanted]

    def find(self, mark: str | None, natural_key: Mapping[str, Any]) -> list[Record]:
        """Options with the natural key; an option has no room for a mark."""
        return [row for row in self._options(self._read_category()) if same_key(row, natural_key)]

    def write(self, sent: Sequence[Write], key: str) -> list[WriteResult]:
        """Creates, renames or archives, one option per call; in a full category a new one is refused."""
        category = self._read_once()
        results: list[WriteResult] = []
        for number, one in enumerate(sent):
            own_key = key if len(sent) == 1 else f"{key}.{number}"
            results += after_others(results, [one], partial(self._send, category, one, own_key))
        return results

    def active(self) -> int:
        """How many options are active. Raises `FixTheSetup` for a category that is missing or archived."""
        return sum(_is_active(option) for option in self._read_category()["Options"])

    def _sheet(self) -> Iterator[Sheet]:
        answer = self.api.get("TrackingCategories", {"includeArchived": "true"})
        category = self._chosen(answer)
        yield Sheet(self._options(category), answer.at)

    def _read_once(self) -> Record:
        return self._category or self._read_category()

    def _read_category(self) -> Record:
        return self._chosen(self.api.get("TrackingCategories", {"includeArchived": "true"}))

    def _chosen(self, answer: Answer) -> Record:
        categories = (answer.body or {}).get("TrackingCategories") or []
        self._category = _usable(categories, self.category_name)
        return self._category

    def _options(self, category: Record) -> list[Record]:
        """Options with the category's id and name beside them, because a document's line names both."""
        own = {"TrackingCategoryID": category["TrackingCategoryID"], "TrackingCategoryName": category["Name"]}
        return [{**option, **own} for option in category.get("Options") or []]

    def _alarm(self, options: Sequence[Record]) -> tuple[str, ...]:
        active = sum(_is_active(option) for option in options)
        if active < OPTIONS_ALARM:
            return ()
        name = self.category_name
        return (f"The tracking category '{name}' has {active} active options of {MOST_ACTIVE_OPTIONS}: archive some.",)

    def _is_full(self, category: Record) -> bool:
        return sum(_is_active(option) for option in category.get("Options") or []) >= MOST_ACTIVE_OPTIONS

    def _no_room(self, one: Write) -> WriteResult:
        message = (
            f"Xero's tracking category '{self.category_name}' is full: it has {MOST_ACTIVE_OPTIONS} active options."
        )
        remedy = "Archive options of finished projects in Xero."
        return WriteResult(one.key, "refused", "failed", message=message, remedy=remedy)

    def _send(self, category: Record, one: Write, key: str) -> list[WriteResult]:
        if one.action == "create" and self._is_full(category):
            return [self._no_room(one)]
        try:
            answer = self.api.client.send(_call(category["TrackingCategoryID"], one, key))
        except OutcomeUnknown as error:
            return [unknown(one, str(error))]
        result = self._result(one, answer)
        if result.status == "done" and one.action == "create":
            category.setdefault("Options", []).append(result.record)
        return [result]

    def _result(self, one: Write, answer: Answer) -> WriteResult:
        if answer.status == 403:
            raise self.api.refused(answer, "TrackingCategories")
        body = answer.body if isinstance(answer.body, dict) else {}
        if not answer.ok:
            elements = [element for element in body.get("Elements") or [] if messages_of(element)]
            gone = ["there is no such tracking option any more."] if answer.status == 404 else []
            return refused(one, messages_of(elements[0]) if elements else messages_of(body) or gone)
        echo = next(iter(body.get("Options") or []), None)
        if echo is None:
            return unknown(one, "Xero's answer does not name the tracking option.")
        [option] = self._options({**self._read_once(), "Options": [echo]})
        return accepted("Xero", one, tracking_option(option), one.document, option)


def _call(category_id: str, one: Write, key: str) -> Call:
    path = f"{ROOT}/TrackingCategories/{category_id}/Options"
    fields = {"Status": "ARCHIVED"} if one.action == "remove" else dict(one.document)
    if one.action == "create":
        return Call("PUT", path, headers={"Idempotency-Key": key}, document=fields, repeatable=True)
    return Call("POST", f"{path}/{one.target_id}", headers={"Idempotency-Key": key}, document=fields, repeatable=True)


def _usable(categories: Sequence[Record], name: str | None) -> Record:
    if not name:
        raise FixTheSetup(WHERE, "is not set.", f"Name one of: {_names(categories)}.")
    found = next((one for one in categories if one["Name"].casefold() == name.strip().casefold()), None)
    if found is None:
        raise FixTheSetup(WHERE, f"names '{name}', which Xero does not have.", f"Xero has: {_names(categories)}.")
    if found.get("Status") != "ACTIVE":
        raise FixTheSetup(WHERE, f"names '{name}', which is archived in Xero.", "Restore it, or name another one.")
    return found


def _names(categories: Sequence[Record]) -> str:
    return ", ".join(one["Name"] for one in categories) or "no tracking category; make one under Accounting > Advanced"


def _is_active(option: Record) -> bool:
    return bool(option.get("Status", "ACTIVE") == "ACTIVE")


def _option_id(record: Record) -> str:
    return str(record["TrackingOptionID"])
