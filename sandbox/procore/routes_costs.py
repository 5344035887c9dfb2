"""Routes about what was spent: direct costs, invoices, payments, billing periods and the budget."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from sandbox.http import Response, json_response
from sandbox.procore import budget, direct_costs, errors, invoicing, requisition_items, requisitions
from sandbox.procore.call import Call, Level
from sandbox.procore.direct_costs import DIRECT_COSTS
from sandbox.procore.handlers import Handler, answer_list, candidates, found, in_project
from sandbox.procore.listing import CHANGES, FULL, Listing, exactly, filter_values, one_of, within
from sandbox.procore.payments import PAYMENTS
from sandbox.procore.reference import BILLING_PERIODS
from sandbox.procore.requisition_items import ITEMS
from sandbox.procore.requisitions import REQUISITIONS
from sandbox.procore.resource import Resource, as_stored, remove, rows_of, write
from sandbox.procore.route import Group, Route
from sandbox.procore.routes_commitments import below, in_contract
from sandbox.procore.state import State
from sandbox.procore.sync import Sync
from sandbox.world import Record

_LINE_FILTERS = {**CHANGES, "direct_cost_id": one_of, "cost_code_id": one_of, "line_item_type_id": one_of}
_COST_FILTERS = {**FULL, "invoice_number": exactly, "payment_date": within, "received_date": within}
_INVOICE_FILTERS = {**FULL, "commitment_id": one_of, "period_id": one_of, "status": one_of}
_INVOICE_VIEWS: dict[str, Callable[[State, Record], Record]] = {
    "items": requisitions.show_with_items,
    "extended": requisitions.show_extended,
}
_OF_COST = below("direct_costs", "direct_cost_id")


def _unless_busy(handler: Handler, parameter: str) -> Handler:
    """A write to a direct cost, refused with 409 while another one is under way."""

    def handle(call: Call) -> Response:
        direct_costs.refuse_if_busy(call.state, call.path_id(parameter))
        return handler(call)

    return handle


def _create_cost(call: Call) -> Response:
    given = {name: value for name, value in call.wrapped("direct_cost").items() if name != "line_items"}
    cost = write(call.state, DIRECT_COSTS, given, fixed={"project_id": call.project["id"]})
    return json_response(direct_costs.show(call.state, cost), 201)


def _create_cost_with_lines(call: Call) -> Response:
    given = call.wrapped("direct_cost")
    cost, _ = direct_costs.create(call.state, given, call.project["id"])
    shown = direct_costs.show_with_lines(call.state, cost)
    references = [row.get("ref") for row in rows_of(given, "line_items")]
    for line, reference in zip(shown["line_items"], references, strict=True):
        line["ref"] = reference
    return json_response(shown, 201)


def _sync_costs(call: Call) -> Response:
    for row in rows_of(call.body, "updates"):
        direct_costs.refuse_if_busy(call.state, row.get("id"))
    place = {"project_id": call.project["id"]}
    job = Sync(call.state, DIRECT_COSTS, lambda row: place, call.request.refuse_every)
    return json_response(job.run(call.body.get("updates")))


def _sync_cost_lines(call: Call) -> Response:
    for row in rows_of(call.body, "updates"):
        direct_costs.refuse_if_busy(call.state, row.get("direct_cost_id"))
    project_id = call.project["id"]

    def place_of(row: Record) -> Record:
        cost = call.state.get("direct_costs", row.get("direct_cost_id"))
        if row.get("direct_cost_id") is not None and (cost is None or cost["project_id"] != project_id):
            raise errors.InvalidError({"direct_cost": ["must exist"]})
        return {"project_id": project_id, **({"direct_cost_id": cost["id"]} if cost else {})}

    job = Sync(call.state, direct_costs.LINES, place_of, call.request.refuse_every)
    return json_response(job.run(call.body.get("updates")))


def _cost_routes(version: str) -> list[Route]:
    path = f"/rest/{version}/projects/{{project_id}}/direct_costs"
    group = Group(path, DIRECT_COSTS, in_project, "project", "direct_costs", "standard")
    with_lines = version == "v1.1"
    view = direct_costs.show_with_lines if with_lines else direct_costs.show
    update = _update_cost_or_attach if with_lines else _update_cost(view)
    return [
        group.lists(Listing(_COST_FILTERS), show=direct_costs.show_in_list),
        group.write("POST", "", _create_cost_with_lines if with_lines else _create_cost),
        group.read("/{id}", lambda call: json_response(view(call.state, found(call, DIRECT_COSTS, in_project(call))))),
        group.write("PATCH", "/{id}", _unless_busy(update, "id")),
        group.write("DELETE", "/{id}", _unless_busy(_delete_cost, "id")),
    ]


def _update_cost(view: Callable[[State, Record], Record]) -> Handler:
    def handle(call: Call) -> Response:
        before = found(call, DIRECT_COSTS, in_project(call))
        return json_response(view(call.state, write(call.state, DIRECT_COSTS, call.wrapped("direct_cost"), before)))

    return handle


def _update_cost_or_attach(call: Call) -> Response:
    """Files come in parts, anything else as JSON."""
    if call.parts is None:
        return _update_cost(direct_costs.show_with_lines)(call)
    cost = found(call, DIRECT_COSTS, in_project(call))
    direct_costs.attach(call.state, cost, call.parts)
    return json_response(direct_costs.show_with_lines(call.state, cost))


def _delete_cost(call: Call) -> Response:
    cost = found(call, DIRECT_COSTS, in_project(call))
    remove(call.state, DIRECT_COSTS, cost)
    return json_response({"id": cost["id"]})


def _cost_line_routes() -> list[Route]:
    path = "/rest/v1.0/projects/{project_id}/direct_costs"
    every = Group(f"{path}/line_items", direct_costs.LINES, in_project, "project", "direct_costs", "standard")
    group = Group(
        f"{path}/{{direct_cost_id}}/line_items", direct_costs.LINES, _OF_COST, "project", "direct_costs", "standard"
    )
    basics = group.basics("show", "create", "update", "destroy")
    guarded = [
        route if route.method == "GET" else replace(route, handler=_unless_busy(route.handler, "direct_cost_id"))
        for route in basics
    ]
    return [
        every.lists(Listing(_LINE_FILTERS), show=direct_costs.show_line_in_list),
        every.write("PATCH", "/sync", _sync_cost_lines),
        group.lists(Listing(_LINE_FILTERS)),
        *guarded,
    ]


def _shown(call: Call, requisition: Record) -> Record:
    view = _INVOICE_VIEWS.get(call.request.first("view") or "", requisitions.show)
    return view(call.state, requisition)


def _last_only(call: Call, rows: list[Record]) -> list[Record]:
    if filter_values(call.request, "is_last") != ["true"]:
        return rows
    return [row for row in rows if invoicing.of_commitment(call.state, row["commitment_id"])[-1]["id"] == row["id"]]


def _create_requisition(call: Call) -> Response:
    place = {"commitment_id": in_contract(call)["contract_id"]}
    requisition = requisitions.save(call.state, call.wrapped("requisition"), None, place)
    return json_response(_shown(call, requisition), 201)


def _update_requisition(call: Call) -> Response:
    before = found(call, REQUISITIONS, in_project(call))
    return json_response(_shown(call, requisitions.save(call.state, call.wrapped("requisition"), before, {})))


def _set_due_date(call: Call) -> Response:
    before = found(call, REQUISITIONS, in_project(call))
    kept = write(call.state, REQUISITIONS, {"due_date": call.body.get("due_date")}, before)
    return json_response({"data": {"due_date": kept["due_date"]}})


def _items(call: Call, item_type: str) -> list[Record]:
    requisition = _requisition(call)
    reckoned = invoicing.reckoned(call.state, requisition)
    return [
        requisition_items.show_by_type(call.state, line.item, line)
        for line in reckoned
        if line.item["item_type"] == item_type
    ]


def _requisition(call: Call) -> Record:
    requisition = call.state.get("requisitions", call.path_id("requisition_id"))
    if requisition is None or requisition["project_id"] != call.project["id"]:
        raise errors.not_found()
    return requisition


def _list_items(item_type: str) -> Handler:
    return lambda call: answer_list(call, Listing(), _items(call, item_type), as_stored)


def _show_item(item_type: str) -> Handler:
    def handle(call: Call) -> Response:
        rows = [row for row in _items(call, item_type) if str(row["id"]) == call.path_id()]
        if not rows:
            raise errors.not_found()
        return json_response(rows[0])

    return handle


def _update_item(item_type: str) -> Handler:
    def handle(call: Call) -> Response:
        requisition = _requisition(call)
        item = found(call, ITEMS, {"requisition_id": requisition["id"], "item_type": item_type})
        requisition_items.save(
            call.state, requisition, [{**call.wrapped(f"requisition_{item_type}"), "id": item["id"]}]
        )
        return _show_item(item_type)(call)

    return handle


def _update_items(call: Call) -> Response:
    requisition = _requisition(call)
    rows = rows_of(call.body, "requisition_items")
    return json_response(
        requisitions.show_with_items(call.state, requisitions.save(call.state, {"items": rows}, requisition, {}))
    )


def _requisition_routes() -> list[Route]:
    routes = []
    for version in ("v1.0", "v1.1"):
        group = Group(f"/rest/{version}/requisitions", REQUISITIONS, in_project, "project", "invoicing")
        routes += [
            group.lists(Listing(_INVOICE_FILTERS, per_page=30), _INVOICE_VIEWS, _last_only),
            group.write("POST", "", _create_requisition),
            group.read("/{id}", lambda call: json_response(_shown(call, found(call, REQUISITIONS, in_project(call))))),
            group.write("PATCH", "/{id}", _update_requisition),
            *group.basics("destroy"),
        ]
    below_one = Group("/rest/v1.0/requisitions/{requisition_id}", ITEMS, in_project, "project", "invoicing")
    for item_type in ("contract_item", "contract_detail_item", "change_order_item", "whole_change_order_item"):
        routes += [
            below_one.read(f"/{item_type}s", _list_items(item_type)),
            below_one.read(f"/{item_type}s/{{id}}", _show_item(item_type)),
            below_one.write("PATCH", f"/{item_type}s/{{id}}", _update_item(item_type)),
        ]
    routes.append(below_one.write("PATCH", "/bulk_item_update", _update_items))
    newer = "/rest/v2.0/companies/{company_id}/projects/{project_id}/requisitions/{id}/payment_details"
    return [*routes, Route("PATCH", newer, _set_due_date, "project", "invoicing", "admin")]


def _sync_budget(call: Call) -> Response:
    rows = rows_of(call.body, "budget_line_items")
    place = {"project_id": call.project["id"]}
    kept = [write(call.state, budget.BUDGET_LINES, row, _budget_line(call, row), place) for row in rows]
    return json_response([budget.show(call.state, row) for row in kept])


def _budget_line(call: Call, row: Record) -> Record | None:
    if row.get("id") is not None:
        return call.state.get("budget_line_items", row["id"])
    code = call.state.get("wbs_codes", row.get("wbs_code_id"))
    return next(iter(call.state.find("budget_line_items", "wbs_code_id", code["id"])), None) if code else None


def _budget_views(call: Call) -> Response:
    return answer_list(call, Listing(), [budget.view(call.state, call.project["id"])], as_stored)


def _detail_rows(call: Call) -> Response:
    if call.path_id("budget_view_id") != str(budget.VIEW_ID):
        raise errors.not_found()
    rows = candidates(call, budget.BUDGET_LINES, in_project(call))
    return answer_list(call, Listing(), rows, budget.detail_row)


def _simple(path: str, resource: Resource, tool: str) -> Group:
    return Group(path, resource, in_project, "project", tool)


def _budget_routes() -> list[Route]:
    lines = _simple("/rest/v1.1/budget_line_items", budget.BUDGET_LINES, "budget")
    newer = _simple(
        "/rest/v2.0/companies/{company_id}/projects/{project_id}/budget_line_items", budget.BUDGET_LINES, "budget"
    )
    return [
        *lines.basics("show", "create", "update"),
        *newer.basics("destroy"),
        Route("POST", "/rest/v1.0/budget_line_items/sync", _sync_budget, "project", "budget", "admin"),
        Route("GET", "/rest/v1.0/budget_views", _budget_views, "project", "budget"),
        Route("GET", "/rest/v1.0/budget_views/{budget_view_id}/detail_rows", _detail_rows, "project", "budget"),
    ]


_BASICS = ("show", "create", "update", "destroy")


def _paid_contract(call: Call) -> Record:
    """The contract of a payment, and the permission on its tool. Raises `RefusedError`."""
    prime = call.state.get("prime_contracts", call.named("contract_id"))
    level: Level = "read" if call.request.method == "GET" else "admin"
    call.require("prime_contracts" if prime else "commitments", level, in_project=True)
    if prime and prime["project_id"] != call.project["id"]:
        raise errors.not_found()
    return {"contract_id": prime["id"]} if prime else in_contract(call)


def _payment_routes() -> list[Route]:
    payments = Group("/rest/v1.0/contract_payments", PAYMENTS, _paid_contract, "project", "commitments")
    own = [payments.lists(Listing(per_page=20, sorts=frozenset())), *payments.basics(*_BASICS)]
    periods = _simple("/rest/v1.0/projects/{project_id}/billing_periods", BILLING_PERIODS, "invoicing")
    return [
        *(replace(route, tool=None) for route in own),
        periods.lists(Listing({**CHANGES, "status": one_of})),
        *periods.basics("show", "create", "update", "destroy"),
    ]


ROUTES: list[Route] = [
    *_cost_line_routes(),
    Route(
        "PATCH",
        "/rest/v1.0/projects/{project_id}/direct_costs/sync",
        _sync_costs,
        "project",
        "direct_costs",
        "standard",
    ),
    *_cost_routes("v1.0"),
    *_cost_routes("v1.1"),
    *_requisition_routes(),
    *_payment_routes(),
    *_budget_routes(),
]
