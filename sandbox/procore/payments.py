"""Payments issued on commitments and received on prime contracts: one resource for all, without filters or sync.

With an origin_id a payment is locked; only attachments, origin_id and origin_data stay editable (documented).
"""

from __future__ import annotations

from typing import Any

from sandbox.procore import contracts
from sandbox.procore.errors import Errors
from sandbox.procore.fields import choice, day, integer, money, text
from sandbox.procore.resource import ORIGIN, Resource
from sandbox.procore.state import State
from sandbox.world import Record

LOCKED = "The Contract Payment cannot be edited or deleted because it is synced with an ERP system"
_STILL_EDITABLE = {"origin_id", "origin_data", "attachments"}


def paid_contract(state: State, key: Any) -> Record | None:
    """The commitment or prime contract with that id."""
    return contracts.of_id(state, key) or state.get("prime_contracts", key)


def _lock(state: State, before: Record, changed: frozenset[str]) -> str | None:
    if not before.get("origin_id") or (changed and changed <= _STILL_EDITABLE):
        return None
    return LOCKED


def _settle(state: State, after: Record, before: Record | None) -> Record:
    contract = paid_contract(state, after.get("contract_id"))
    return {**after, "project_id": contract["project_id"] if contract else after.get("project_id")}


def _errors(state: State, after: Record, before: Record | None) -> Errors:
    if paid_contract(state, after.get("contract_id")) is None:
        return {"contract": ["must exist"]}
    requisition = state.get("requisitions", after.get("requisition_id"))
    wrong = requisition is None or requisition["commitment_id"] != after["contract_id"]
    return {"requisition": ["must exist"]} if after.get("requisition_id") is not None and wrong else {}


def show(state: State, payment: Record) -> Record:
    """A payment. Its method and invoice date are written, but not read (as documented)."""
    return {name: value for name, value in payment.items() if name not in {"invoice_date", "payment_method"}}


PAYMENTS = Resource(
    entity="contract_payments",
    wrapper="contract_payment",
    fields={
        "amount": money,
        "date": day,
        "invoice_date": day,
        "invoice_number": text(),
        "check_number": text(),
        "payment_number": integer,
        "payment_method": choice("check", "credit_card", "electronic"),
        "draw_request_number": integer,
        "notes": text(10_000),
        "requisition_id": integer,
        **ORIGIN,
    },
    required=("amount", "date"),
    defaults={
        "origin_code": None,
        "status": None,
        "external_payment_id": None,
        "date_payment_initiated": None,
        "date_payment_settled": None,
        "attachments": [],
    },
    settle=_settle,
    check=_errors,
    lock=_lock,
    show=show,
)
