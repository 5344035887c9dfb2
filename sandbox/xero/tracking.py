"""Tracking categories and their options: what a contractor uses for jobs."""

from __future__ import annotations

from typing import Any

from sandbox.world import Record
from sandbox.xero.books import DOCUMENTS, Books, How
from sandbox.xero.errors import RefusedError
from sandbox.xero.wire import inward_text

MOST_ACTIVE_CATEGORIES = 2
MOST_CATEGORIES = 4
# The public figure is 100 and nobody says what the API does beyond it: the stricter reading is that it refuses.
MOST_ACTIVE_OPTIONS = 100
_STATUSES = {"ACTIVE", "ARCHIVED"}


def write_category(books: Books, sent: Record, before: Record | None, how: How) -> Record:
    """Creates, renames, archives or restores a category."""
    record = {**(before or {}), "Name": _name(sent, before), "Status": _status(sent, before)}
    others = [one for one in books.all("tracking_categories") if one["TrackingCategoryID"] != _id(before)]
    if any(one["Name"].casefold() == record["Name"].casefold() for one in others):
        raise RefusedError("For each specified tracking category the name must be unique.")
    active = sum(one["Status"] == "ACTIVE" for one in others)
    if (record["Status"] == "ACTIVE" and active >= MOST_ACTIVE_CATEGORIES) or len(others) >= MOST_CATEGORIES:
        raise RefusedError("You have reached the maximum number of tracking categories")
    return books.save("tracking_categories", record, sent, how)


def write_option(books: Books, sent: Record, before: Record | None, how: How) -> Record:
    """Creates, renames, archives or restores an option; `sent` carries its TrackingCategoryID."""
    category_id = before["TrackingCategoryID"] if before else str(sent.get("TrackingCategoryID", "")).lower()
    if books.get("tracking_categories", category_id) is None:
        raise RefusedError("The tracking category of the option does not exist")
    status, name = _status(sent, before), _name(sent, before)
    record = {**(before or {}), "TrackingCategoryID": category_id, "Name": name, "Status": status}
    _check_option(books, record)
    return books.save("tracking_options", record, sent, how)


def remove_option(books: Books, key: str) -> None:
    """Deletes an option that no document uses; another one can only be archived."""
    if any(books.find(entity, "tracking", key) for entity in DOCUMENTS):
        raise RefusedError("The tracking option is used by a transaction: it can be archived, not deleted")
    books.remove("tracking_options", key)


def remove_category(books: Books, key: str) -> None:
    """Deletes a category and its options, if no document uses one of them."""
    for option in books.find("tracking_options", "category", key):
        remove_option(books, option["TrackingOptionID"])
    books.remove("tracking_categories", key)


def outward_category(books: Books, category: Record, archived: bool) -> Record:
    """A category with its options; archived ones only where they are asked for."""
    options = books.find("tracking_options", "category", category["TrackingCategoryID"])
    shown = [outward_option(option) for option in options if archived or option["Status"] == "ACTIVE"]
    return {**without_time(category), "Options": shown}


def outward_option(option: Record) -> Record:
    """An option as Xero sends it."""
    flags = {
        "HasValidationErrors": False,
        "IsDeleted": False,
        "IsArchived": option["Status"] == "ARCHIVED",
        "IsActive": option["Status"] == "ACTIVE",
    }
    return {**without_time(option), **flags}


def without_time(record: Record) -> Record:
    """A record without its time of change, of which Xero tells nothing for categories, options, tax rates."""
    return {name: value for name, value in record.items() if name != "UpdatedDateUTC"}


def of_line(books: Books, sent: Any, before: list[Record]) -> list[Record]:
    """The tracking of a document line, which had `before`. Malformed or unknown ones are silently dropped, as by Xero.

    Stricter reading: so are archived ones, unless the line has them already.
    """
    had = {entry["TrackingOptionID"] for entry in before}
    kept: dict[str, Record] = {}
    for entry in sent if isinstance(sent, list) else []:
        found = _entry(books, entry, had) if isinstance(entry, dict) else None
        if found and len(kept) < MOST_ACTIVE_CATEGORIES:
            kept.setdefault(found["TrackingCategoryID"], found)
    return list(kept.values())


def of_line_outward(books: Books, tracked: Record) -> Record:
    """A line's tracking under the names of today."""
    category = books.get("tracking_categories", tracked["TrackingCategoryID"]) or {}
    option = books.get("tracking_options", tracked["TrackingOptionID"]) or {}
    return {**tracked, "Name": category.get("Name", ""), "Option": option.get("Name", ""), "Options": []}


def _entry(books: Books, sent: Record, had: set[str]) -> Record | None:
    category = _category(books, sent)
    option = category and _option(books, sent, category["TrackingCategoryID"])
    if not category or not option:
        return None
    active = category["Status"] == option["Status"] == "ACTIVE"
    if not active and option["TrackingOptionID"] not in had:
        return None
    return {
        "TrackingCategoryID": category["TrackingCategoryID"],
        "TrackingOptionID": option["TrackingOptionID"],
        "Name": category["Name"],
        "Option": option["Name"],
    }


def _category(books: Books, sent: Record) -> Record | None:
    if sent.get("TrackingCategoryID"):
        return books.get("tracking_categories", sent["TrackingCategoryID"])
    name = str(sent.get("Name", "")).casefold()
    return next((one for one in books.all("tracking_categories") if one["Name"].casefold() == name), None)


def _option(books: Books, sent: Record, category_id: str) -> Record | None:
    if sent.get("TrackingOptionID"):
        option = books.get("tracking_options", sent["TrackingOptionID"])
        return option if option and option["TrackingCategoryID"] == category_id else None
    return books.first("tracking_options", "name", (category_id, str(sent.get("Option", "")).casefold()))


def _check_option(books: Books, record: Record) -> None:
    category_id, key = record["TrackingCategoryID"], record.get("TrackingOptionID")
    # Archived options keep their names too: the stricter reading.
    same = books.find("tracking_options", "name", (category_id, record["Name"].casefold()))
    if any(option["TrackingOptionID"] != key for option in same):
        raise RefusedError("For each specified tracking option the name must be unique.")
    if record["Status"] != "ACTIVE":
        return
    others = books.find("tracking_options", "category", category_id)
    active = sum(option["Status"] == "ACTIVE" and option["TrackingOptionID"] != key for option in others)
    if active >= MOST_ACTIVE_OPTIONS:
        raise RefusedError(f"A tracking category can have at most {MOST_ACTIVE_OPTIONS} active options")


def _name(sent: Record, before: Record | None) -> str:
    name = inward_text(sent, "Name", 100) or (before or {}).get("Name")
    if not name or not name.strip():
        raise RefusedError("The tracking name must be specified")
    # A trailing space makes the real one answer 500; a refusal says the same thing more kindly.
    if name != name.strip():
        raise RefusedError("The tracking name must not begin or end with a space")
    return str(name)


def _status(sent: Record, before: Record | None) -> str:
    status = sent.get("Status") or (before or {}).get("Status", "ACTIVE")
    if status not in _STATUSES:
        raise RefusedError(f"The Status '{status}' is not valid")
    return str(status)


def _id(before: Record | None) -> str | None:
    return before["TrackingCategoryID"] if before else None
