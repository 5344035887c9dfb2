"""Owner invoices (payment applications): what a prime contract bills, reckoned as on the forms G702 and G703.

An application bills every line of the schedule of values. It is made in a billing period of its own, after the one
before it was approved. With an origin_id it is immutable, with the same switch as `direct_costs.origin_lock`.
"""

from __future__ import annotations

from typing import Any

from sandbox.procore import codes, g702, lines, prime_contracts, wbs
from sandbox.procore.contracts import BILLABLE
from sandbox.procore.direct_costs import origin_lock
from sandbox.procore.errors import Errors, InvalidError
from sandbox.procore.fields import amount, choice, day, dec, integer, money, number, text
from sandbox.procore.reference import tax_rate
from sandbox.procore.resource import ORIGIN, Resource, rows_of, write
from sandbox.procore.state import State
from sandbox.world import Record

LOCKED = "The invoice is not editable because it has been synced with ERP"
_MONEY = (
    "work_completed_this_period",
    "materials_presently_stored",
    "work_completed_retainage_retained_this_period",
    "work_completed_retainage_released_this_period",
    "materials_stored_retainage_retained_this_period",
    "materials_stored_retainage_released_this_period",
)
_SUMMARY = (
    "balance_to_finish_including_retainage",
    "completed_work_retainage_percent",
    "completed_work_retainage_amount",
    "contract_sum_to_date",
    "current_payment_due",
    "less_previous_certificates_for_payment",
    "net_change_by_change_orders",
    "original_contract_sum",
    "stored_materials_retainage_amount",
    "stored_materials_retainage_percent",
    "tax_applicable_to_this_payment",
    "total_completed_and_stored_to_date",
    "total_earned_less_retainage",
    "total_retainage",
)


def of_contract(state: State, contract_id: Any) -> list[Record]:
    """The applications of a prime contract, first first."""
    return sorted(state.find("payment_applications", "contract_id", contract_id), key=lambda row: row["number"])


def items_of(state: State, application_id: Any) -> list[Record]:
    """The items of an application, in order."""
    found = state.find("payment_application_items", "payment_application_id", application_id)
    return sorted(found, key=lambda row: row["position"])


def _settle(state: State, after: Record, before: Record | None) -> Record:
    contract = state.get("prime_contracts", after.get("contract_id"))
    if before is not None or contract is None:
        return after
    last = of_contract(state, contract["id"])[-1:]
    period = state.get("billing_periods", after.get("commitment_billing_period_id")) or {}
    dates = {
        "period_start": period.get("start_date"),
        "period_end": period.get("end_date"),
        "billing_date": period.get("end_date"),
    }
    filled = {name: after.get(name) or value for name, value in dates.items()}
    number_of = after.get("number") or (last[0]["number"] + 1 if last else 1)
    return {**after, **filled, "project_id": contract["project_id"], "number": number_of}


def _errors(state: State, after: Record, before: Record | None) -> Errors:
    if before is not None:
        return {}
    contract = state.get("prime_contracts", after.get("contract_id"))
    if contract is None:
        return {"contract": ["must exist"]}
    if contract["status"] not in BILLABLE:
        return {"contract": ["must be approved"]}
    earlier = [row for row in of_contract(state, contract["id"]) if row["number"] < after["number"]]
    is_open = bool(earlier) and earlier[-1]["status"] != "approved"
    return {"base": ["The previous invoice is not approved"]} if is_open else {}


def _lock(state: State, before: Record, changed: frozenset[str]) -> str | None:
    later = [row for row in of_contract(state, before["contract_id"]) if row["number"] > before["number"]]
    if not changed and later:
        return "Only the latest invoice of a contract can be deleted"
    return origin_lock(state, before, changed, LOCKED)


def _drop_items(state: State, application: Record) -> None:
    if state.get("payment_applications", application["id"]) is None:
        for item in items_of(state, application["id"]):
            state.delete("payment_application_items", item["id"])


APPLICATIONS = Resource(
    entity="payment_applications",
    wrapper="payment_application",
    fields={
        "commitment_billing_period_id": integer,
        "period_start": day,
        "period_end": day,
        "billing_date": day,
        "invoice_number": text(),
        "status": choice("draft", "under_review", "revise_and_resubmit", "approved"),
        **ORIGIN,
    },
    required=("status",),
    defaults={"status": "draft"},
    settle=_settle,
    check=_errors,
    lock=_lock,
    after=_drop_items,
    show=lambda state, row: show(state, row),
)


def _item_lock(state: State, before: Record, changed: frozenset[str]) -> str | None:
    application = state.get("payment_applications", before["payment_application_id"])
    return LOCKED if application and application.get("origin_id") else None


ITEMS = Resource(
    entity="payment_application_items",
    wrapper="payment_application_line_item",
    fields={**dict.fromkeys(_MONEY, money), "work_completed_this_period_quantity": number},
    lock=_item_lock,
    after=lambda state, item: state.touch("payment_applications", item["payment_application_id"]),
    show=lambda state, item: show_item(state, item),
)


def save(state: State, given: Record, before: Record | None, place: Record) -> Record:
    """Creates or changes an application with the items that `given` names. Raises `RefusedError`."""
    rows = rows_of(given, "items")
    last = {"origin_id"} if rows else set()
    header = {name: value for name, value in given.items() if name != "items" and name not in last}
    application = write(state, APPLICATIONS, header, before, {} if before else place)
    if before is None:
        _make_items(state, application)
    for row in rows:
        item = find_item(state, application, row)
        write(state, ITEMS, _with_retainage(state, application, item, row), item)
    current = state.get("payment_applications", application["id"]) or application
    origin = {name: given[name] for name in last if name in given}
    return write(state, APPLICATIONS, origin, current) if origin else current


def find_item(state: State, application: Record, row: Record) -> Record:
    """The item that a row names by its id or by the contract's line. Raises `InvalidError`."""
    for item in items_of(state, application["id"]):
        if str(row.get("id")) == str(item["id"]) or str(row.get("line_item_id")) == str(item["line_item_id"]):
            return item
    raise InvalidError({"items": [f"{row.get('line_item_id')} is not billed by this invoice"]})


def _make_items(state: State, application: Record) -> None:
    """An item for each line; what is stored on site is still there at first."""
    for position, line in enumerate(prime_contracts.sov(state, application["contract_id"]), 1):
        stored = amount(_before(state, application).get(line["id"], g702.Before()).materials)
        own = {"payment_application_id": application["id"], "line_item_id": line["id"], "position": position}
        amounts = {**dict.fromkeys(_MONEY, "0.00"), "materials_presently_stored": stored}
        state.create("payment_application_items", {**amounts, "work_completed_this_period_quantity": "0.0", **own})


def _with_retainage(state: State, application: Record, item: Record, row: Record) -> Record:
    """Where work is named and its retainage is not, the rate of the contract is retained."""
    given = {name: value for name, value in row.items() if name in ITEMS.fields}
    retained = "work_completed_retainage_retained_this_period"
    if "work_completed_this_period" not in given or retained in given:
        return given
    contract = state.get("prime_contracts", application["contract_id"]) or {}
    rate = dec(contract.get("retainage_percent"))
    return {**given, retained: amount(dec(str(given["work_completed_this_period"])) * rate / 100)}


def reckoned(state: State, application: Record) -> list[g702.Line]:
    """The lines of an application with what came before them."""
    before = _before(state, application)
    found = []
    for item in items_of(state, application["id"]):
        source = state.get("prime_contract_line_items", item["line_item_id"]) or {}
        earlier = before.get(item["line_item_id"], g702.Before())
        rate = dec(tax_rate(state, source.get("tax_code_id")))
        found.append(g702.Line(lines.extended(source), earlier, _as_reckoned(item, earlier), False, rate))
    return found


def _before(state: State, application: Record) -> dict[Any, g702.Before]:
    """Where every line stood before an application, by the contract's line."""
    found: dict[Any, g702.Before] = {}
    for earlier in of_contract(state, application["contract_id"]):
        for item in items_of(state, earlier["id"]) if earlier["number"] < application["number"] else ():
            stand = found.get(item["line_item_id"], g702.Before())
            found[item["line_item_id"]] = stand.then(_as_reckoned(item, stand))
    return found


def _as_reckoned(item: Record, before: g702.Before) -> Record:
    """An item with what is held on its materials now; of them an application tells what is held and let go of."""
    held = dec(item["materials_stored_retainage_retained_this_period"])
    released = dec(item["materials_stored_retainage_released_this_period"])
    now = amount(before.materials_retainage + held - released)
    return {**item, "materials_stored_retainage_currently_retained": now}


def summary(state: State, application: Record) -> Record:
    """The figures of form G702."""
    contract_sum = lines.total(prime_contracts.sov(state, application["contract_id"]))
    return g702.summary(reckoned(state, application), contract_sum, False)


def show(state: State, application: Record) -> Record:
    """An application as lists show it: without its lines."""
    figures = summary(state, application)
    contract = state.get("prime_contracts", application["contract_id"]) or {}
    owner = state.get("vendors", contract.get("vendor_id"))
    hidden = {"project_id", "contract_id", "commitment_billing_period_id"}
    return {
        **{name: value for name, value in application.items() if name not in hidden},
        "period_id": application.get("commitment_billing_period_id"),
        "billing_period": {"start_date": application["period_start"], "end_date": application["period_end"]},
        "contract": {"id": contract.get("id"), "type": "PrimeContract", "title": contract.get("title")},
        "formatted_contract_company": owner["name"] if owner else None,
        "percent_complete": figures["percent_complete"],
        "total_amount_accrued_this_period": amount(g702.total(line.gross for line in reckoned(state, application))),
        "total_amount_paid": amount(_paid(state, application)),
        "g702": {name: figures[name] for name in _SUMMARY},
        "currency_configuration": lines.CURRENCY,
    }


def show_in_full(state: State, application: Record) -> Record:
    """An application with its lines (form G703)."""
    shown = [_line(state, line) for line in reckoned(state, application)]
    return {**show(state, application), "g703": shown, "attachments": []}


def show_item(state: State, item: Record) -> Record:
    """One line of an application."""
    application = state.get("payment_applications", item["payment_application_id"]) or {}
    return next(_line(state, line) for line in reckoned(state, application) if line.item["id"] == item["id"])


def _line(state: State, line: g702.Line) -> Record:
    """A line of form G703. Its origin_id is the contract's line, not anybody's key."""
    item, before, after = line.item, line.before, line.after
    source = state.get("prime_contract_line_items", item["line_item_id"]) or {}
    hidden = {"payment_application_id", "line_item_id", "position", "created_at", "updated_at"}
    figures = g702.line_figures(line)
    kept = (
        "scheduled_value",
        "total_completed_and_stored_to_date",
        "total_completed_and_stored_to_date_percent",
        "work_completed_from_previous_application",
        "work_completed_retainage_from_previous_application",
    )
    return {
        **{name: value for name, value in item.items() if name not in hidden},
        **{name: figures[name] for name in kept},
        "item_number": item["position"],
        "description_of_work": source.get("description"),
        "origin_type": "LineItem",
        "origin_id": item["line_item_id"],
        "cost_code": codes.brief_cost_code(state, source.get("cost_code_id")),
        "wbs_code": wbs.brief(state, source.get("wbs_code_id")),
        "work_completed_retainage_currently_retained": amount(after.work_retainage),
        "materials_stored_retainage_from_previous_application": amount(before.materials_retainage),
        "total_retainage_currently_retained": amount(after.retainage),
        "total_retainage_from_previous_application": amount(before.retainage),
        "balance_to_finish": amount(line.scheduled - after.completed_and_stored),
        "type": "PaymentApplicationContractItem",
    }


def _paid(state: State, application: Record) -> Any:
    """What was received: payments of the contract that name the application's number."""
    number_of = application.get("invoice_number") or str(application["number"])
    payments = state.find("contract_payments", "contract_id", application["contract_id"])
    return g702.total(dec(row["amount"]) for row in payments if row.get("invoice_number") == number_of)
