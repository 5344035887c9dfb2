"""What Jobledger knows of the company's small lists: their cards, and the paths that mapping files may name."""

from __future__ import annotations

from collections.abc import Mapping

from jobledger.systems.base import Card, Entity, Record
from jobledger.systems.procore.values import told

_ORIGIN = ("origin_id", "origin_data")


def cost_type(record: Record) -> Card:
    """A cost type's card (Procore: line item type); its number is the abbreviation, such as S."""
    return _card(record, record.get("name"), record.get("code"), base_type=record.get("base_type"))


def tax_code(record: Record) -> Card:
    """A tax code's card; an archived one is out of use."""
    card = _card(record, record.get("description") or record.get("code"), record.get("code"), rate=record.get("rate1"))
    return card if not record.get("archived") else Card(**{**vars(card), "active": False, "status": "archived"})


def department(record: Record) -> Card:
    """A department's card."""
    return _card(record, record.get("name"), None)


def time_type(record: Record) -> Card:
    """A time type's card, such as Overtime."""
    return _card(record, record.get("time_type"), record.get("abbreviated_time_type"))


def employee(record: Record) -> Card:
    """An employee's card; its number is the one that the company gave."""
    return _card(record, record["name"], record.get("employee_id"), job_title=record.get("job_title"))


def _card(record: Record, name: str | None, number: str | None, **evidence: object) -> Card:
    return Card(
        id=str(record["id"]),
        name=name or "",
        number=number or None,
        mark=record.get("origin_data") or None,
        evidence=told(origin_id=record.get("origin_id"), **evidence),
    )


LISTS: Mapping[str, Entity] = {
    "cost_types": Entity(
        name="cost_types",
        card=cost_type,
        label="cost type",
        by_change=False,
        paths=frozenset(("id", "name", "code", "base_type", *_ORIGIN)),
    ),
    "tax_codes": Entity(
        name="tax_codes",
        card=tax_code,
        label="tax code",
        by_change=False,
        paths=frozenset(("id", "code", "description", "rate1", "archived", "default_tax_code", *_ORIGIN)),
    ),
    "departments": Entity(
        name="departments",
        card=department,
        label="department",
        by_change=False,
        paths=frozenset(("id", "name", *_ORIGIN)),
    ),
    "time_types": Entity(
        name="time_types",
        card=time_type,
        label="time type",
        by_change=False,
        has_mark=False,
        paths=frozenset(("id", "time_type", "abbreviated_time_type")),
    ),
    "employees": Entity(
        name="employees",
        card=employee,
        label="employee",
        by_change=False,
        paths=frozenset(("id", "user_id", "name", "first_name", "last_name", "employee_id", "job_title", *_ORIGIN)),
    ),
}
