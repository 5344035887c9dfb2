"""Routes about commitments, their schedules of values and their change orders."""

from __future__ import annotations

from collections.abc import Callable

from sandbox.http import Response, json_response
from sandbox.procore import (
    change_orders,
    commitment_change_orders,
    contracts,
    errors,
)
from sandbox.procore.call import Call
from sandbox.procore.handlers import Handler, Place, answer_list, candidates, found, in_project
from sandbox.procore.listing import (
    BY_ID,
    BY_ORIGIN,
    CHANGES,
    FULL,
    Listing,
    one_of,
    page_of,
    selected,
    with_deleted,
    within,
)
from sandbox.procore.resource import Resource, as_stored, remove, write
from sandbox.procore.route import Group, Route
from sandbox.procore.sync import Sync
from sandbox.world import Record

_LINE_FILTERS = {**CHANGES, "cost_code_id": one_of, "line_item_type_id": one_of}
_CHANGE_ORDER_FILTERS = {**CHANGES, "due_date": within, "invoiced_date": within, "paid_date": within}


def in_contract(call: Call) -> Record:
    """Records of the contract that the call names by `contract_id`. Raises `RefusedError`."""
    key = call.named("contract_id") or call.named("commitment_id")
    if key is None:
        raise errors.bad_request("contract_id is missing")
    contract = contracts.of_id(call.state, key)
    if contract is None or contract["project_id"] != call.project["id"]:
        raise errors.not_found()
    return {"contract_id": contract["id"]}


def below(entity: str, parameter: str) -> Place:
    """Records below the one that the path names, which must be in the project. Raises `RefusedError` (404)."""

    def place(call: Call) -> Record:
        parent = call.state.get(entity, call.path_id(parameter))
        if parent is None or parent.get("deleted_at") or parent["project_id"] != call.project["id"]:
            raise errors.not_found()
        return {"contract_id" if entity in contracts.KINDS else parameter: parent["id"]}

    return place


def _contract_routes(resource: Resource) -> list[Route]:
    path = f"/rest/v1.0/{resource.entity}"
    key = f"{resource.wrapper}_id"
    group = Group(path, resource, in_project, "project", "commitments")
    lines_path = f"{path}/{{{key}}}/line_items"
    lines = Group(lines_path, contracts.LINES, below(resource.entity, key), "project", "commitments")
    details_path = f"{path}/{{{key}}}/line_item_contract_details"
    details = Group(details_path, contracts.DETAIL_LINES, below(resource.entity, key), "project", "commitments")
    return [
        group.lists(Listing({**FULL, "status": one_of}), {"extended": contracts.show_extended}),
        *group.basics("sync", "create", "update", "destroy"),
        group.read("/{id}", _shows(resource, in_project, contracts.show_extended)),
        lines.lists(Listing(_LINE_FILTERS)),
        *lines.basics("sync", "show", "create", "update", "destroy"),
        details.lists(Listing({**BY_ID, "line_item_id": one_of}, paged=False)),
        *details.basics("show", "create", "update", "destroy"),
    ]


def _shows(resource: Resource, place: Place, view: Callable[..., Record]) -> Handler:
    return lambda call: json_response(view(call.state, found(call, resource, place(call))))


def _commitments(call: Call) -> Response:
    place = in_project(call)
    rows = [row for kind in (contracts.WORK_ORDERS, contracts.PURCHASE_ORDERS) for row in candidates(call, kind, place)]
    alive = [row for row in rows if not row["deleted_at"]]
    return answer_list(call, Listing(sorts=frozenset()), alive, contracts.show_unified)


def _commitment(call: Call) -> Response:
    contract = contracts.of_id(call.state, call.path_id())
    if contract is None or contract["project_id"] != call.project["id"]:
        raise errors.not_found()
    return json_response(contracts.show_unified_in_full(call.state, contract))


def _create_package(call: Call) -> Response:
    package = change_orders.create_package(call.state, call.wrapped("change_order"), in_contract(call))
    return json_response(change_orders.show_package(call.state, package), 201)


def _create_potential(call: Call) -> Response:
    row = change_orders.create_potential(call.state, call.wrapped("change_order"), in_contract(call))
    return json_response(change_orders.show_potential(call.state, row), 201)


def _sync_potentials(call: Call) -> Response:
    place = in_contract(call)
    job = Sync(call.state, change_orders.POTENTIALS, lambda row: place, call.request.refuse_every)
    answer = job.run(call.body.get("updates"))
    for row in answer["entities"]:
        change_orders.ensure_package(call.state, call.state.get("potential_change_orders", row["id"]) or row)
    return json_response(answer)


def _packages_and_potentials() -> list[Route]:
    packages = Group("/rest/v1.0/change_order_packages", change_orders.PACKAGES, in_project, "project", "change_orders")
    potentials = Group(
        "/rest/v1.0/potential_change_orders", change_orders.POTENTIALS, in_project, "project", "change_orders"
    )
    of_contract = Group(
        "/rest/v1.0/change_order_requests", change_orders.REQUESTS, in_contract, "project", "change_orders"
    )
    one_request = Group(
        "/rest/v1.0/change_order_requests", change_orders.REQUESTS, in_project, "project", "change_orders"
    )
    lines = Group(
        "/rest/v1.0/potential_change_orders/{potential_change_order_id}/line_items",
        change_orders.LINES,
        below("potential_change_orders", "potential_change_order_id"),
        "project",
        "change_orders",
    )
    return [
        packages.read("", _list_packages),
        packages.write("POST", "", _create_package),
        *packages.basics("show", "update"),
        potentials.read("", _list_potentials),
        potentials.write("POST", "", _create_potential),
        potentials.write("PATCH", "/sync", _sync_potentials),
        *potentials.basics("show", "update"),
        of_contract.lists(Listing({**_CHANGE_ORDER_FILTERS, "status": one_of, "change_order_package_id": one_of})),
        *of_contract.basics("sync", "create"),
        *one_request.basics("show", "update"),
        lines.lists(Listing(_LINE_FILTERS)),
        *lines.basics("sync", "show", "create", "update", "destroy"),
    ]


def _list_packages(call: Call) -> Response:
    rows = with_deleted(call.request, candidates(call, change_orders.PACKAGES, in_project(call)))
    wanted = call.request.first("contract_id")
    mine = [row for row in rows if wanted is None or str(row["contract_id"]) == wanted]
    return answer_list(call, Listing(_CHANGE_ORDER_FILTERS), mine, change_orders.show_package_briefly)


def _list_potentials(call: Call) -> Response:
    rows = with_deleted(call.request, candidates(call, change_orders.POTENTIALS, in_project(call)))
    listing = Listing({**_CHANGE_ORDER_FILTERS, **BY_ORIGIN, "contract_id": one_of})
    return answer_list(call, listing, rows, change_orders.show_potential_briefly)


def _list_commitment_change_orders(call: Call) -> Response:
    names = ("id", "batch_id", "legacy_package_id", "contract_id", "executed", "status")
    listing = Listing({"updated_at": within, **dict.fromkeys(names, one_of)}, paged=False)
    return answer_list(call, listing, commitment_change_orders.rows(call.state, call.project["id"]), as_stored)


def _create_commitment_change_order(call: Call) -> Response:
    given = call.wrapped("change_order")
    contract = contracts.of_id(call.state, given.get("contract_id"))
    if contract is None or contract["project_id"] != call.project["id"]:
        raise errors.InvalidError({"contract": ["must exist"]})
    row = commitment_change_orders.create(call.state, given, call.project["id"])
    return json_response(commitment_change_orders.show(call.state, row), 201)


def _show_commitment_change_order(call: Call) -> Response:
    row = found(call, change_orders.POTENTIALS, in_project(call))
    return json_response(commitment_change_orders.show(call.state, row))


def _update_commitment_change_order(call: Call) -> Response:
    row = found(call, change_orders.POTENTIALS, in_project(call))
    changed = commitment_change_orders.update(call.state, row, call.wrapped("change_order"))
    return json_response(commitment_change_orders.show(call.state, changed))


def _delete_commitment_change_order(call: Call) -> Response:
    commitment_change_orders.delete(call.state, found(call, change_orders.POTENTIALS, in_project(call)))
    return Response(204)


_IN_CHANGE_ORDER = below("potential_change_orders", "potential_change_order_id")


def _list_v2_lines(call: Call) -> Response:
    rows = candidates(call, change_orders.LINES, _IN_CHANGE_ORDER(call))
    listing = Listing(per_page=10, most=100)
    page, headers = page_of(listing, call.request, selected(listing, call.request, rows))
    return json_response({"data": [_v2_line(call, row) for row in page]}, headers=headers)


def _create_v2_line(call: Call) -> Response:
    given = commitment_change_orders.without_origin(call.body)
    return json_response(
        {"data": _v2_line(call, write(call.state, change_orders.LINES, given, fixed=_IN_CHANGE_ORDER(call)))}, 201
    )


def _show_v2_line(call: Call) -> Response:
    return json_response({"data": _v2_line(call, found(call, change_orders.LINES, _IN_CHANGE_ORDER(call)))})


def _update_v2_line(call: Call) -> Response:
    given = commitment_change_orders.without_origin(call.body)
    line = write(call.state, change_orders.LINES, given, found(call, change_orders.LINES, _IN_CHANGE_ORDER(call)))
    return json_response({"data": _v2_line(call, line)})


def _delete_v2_line(call: Call) -> Response:
    remove(call.state, change_orders.LINES, found(call, change_orders.LINES, _IN_CHANGE_ORDER(call)))
    return Response(204)


def _v2_line(call: Call, line: Record) -> Record:
    return commitment_change_orders.show_line(call.state, line)


def _commitment_change_order_routes() -> list[Route]:
    path = "/rest/v1.0/projects/{project_id}/commitment_change_orders"
    group = Group(path, change_orders.POTENTIALS, in_project, "project", "change_orders")
    newer = "/rest/v2.0/companies/{company_id}/projects/{project_id}/commitment_change_orders"
    lines_path = f"{newer}/{{potential_change_order_id}}/line_items"
    lines = Group(lines_path, change_orders.LINES, _IN_CHANGE_ORDER, "project", "change_orders")
    return [
        group.read("", _list_commitment_change_orders),
        group.read("/{id}", _show_commitment_change_order),
        group.write("POST", "", _create_commitment_change_order),
        group.write("PATCH", "/{id}", _update_commitment_change_order),
        group.write("DELETE", "/{id}", _delete_commitment_change_order),
        lines.read("", _list_v2_lines),
        lines.read("/{id}", _show_v2_line),
        lines.write("POST", "", _create_v2_line),
        lines.write("PATCH", "/{id}", _update_v2_line),
        lines.write("DELETE", "/{id}", _delete_v2_line),
    ]


ROUTES: list[Route] = [
    *_contract_routes(contracts.WORK_ORDERS),
    *_contract_routes(contracts.PURCHASE_ORDERS),
    Route("GET", "/rest/v1.0/commitments", _commitments, "project", "commitments"),
    Route("GET", "/rest/v1.0/commitments/{id}", _commitment, "project", "commitments"),
    *_packages_and_potentials(),
    *_commitment_change_order_routes(),
]
