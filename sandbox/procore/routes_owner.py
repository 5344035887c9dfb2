"""Routes about what the owner pays: prime contracts and owner invoices (payment applications)."""

from __future__ import annotations

from sandbox.http import Response, json_response
from sandbox.procore import errors, payment_applications, prime_contracts
from sandbox.procore.call import Call
from sandbox.procore.handlers import Handler, answer_list, found, in_project
from sandbox.procore.listing import BY_ID, CHANGES, Listing
from sandbox.procore.payment_applications import APPLICATIONS, ITEMS
from sandbox.procore.prime_contracts import PRIME_CONTRACTS
from sandbox.procore.resource import remove
from sandbox.procore.route import Group, Route
from sandbox.world import Record

_TOOL = "prime_contracts"
_ALL, _ONE = "/rest/v1.0/prime_contracts", "/rest/v1.0/prime_contract"
_APPLICATIONS = "/rest/v1.0/payment_applications"


def _contract(call: Call) -> Record:
    contract = call.state.get("prime_contracts", call.path_id("prime_contract_id"))
    if contract is None or contract["project_id"] != call.project["id"]:
        raise errors.not_found()
    return contract


def _in_contract(call: Call) -> Record:
    return {"contract_id": _contract(call)["id"]}


def _first(call: Call) -> Response:
    rows = call.state.find("prime_contracts", "project_id", call.project["id"])
    if not rows:
        raise errors.not_found()
    return json_response(PRIME_CONTRACTS.show(call.state, min(rows, key=lambda row: int(row["id"]))))


def _in_full(call: Call) -> Response:
    application = found(call, APPLICATIONS, in_project(call))
    return json_response(payment_applications.show_in_full(call.state, application))


def _create(call: Call) -> Response:
    given = call.wrapped("payment_application")
    made = payment_applications.save(call.state, given, None, _in_contract(call))
    return json_response(payment_applications.show_in_full(call.state, made), 201)


def _update(call: Call) -> Response:
    before = found(call, APPLICATIONS, _in_contract(call))
    kept = payment_applications.save(call.state, call.wrapped("payment_application"), before, {})
    return json_response(payment_applications.show_in_full(call.state, kept))


def _destroy(call: Call) -> Response:
    application = found(call, APPLICATIONS, in_project(call))
    remove(call.state, APPLICATIONS, application)
    return json_response({"id": application["id"]})


def _update_item(call: Call) -> Response:
    item = call.state.get(ITEMS.entity, call.path_id())
    application = call.state.get("payment_applications", (item or {}).get("payment_application_id"))
    if item is None or application is None or application["contract_id"] != _contract(call)["id"]:
        raise errors.not_found()
    row = {**call.wrapped(ITEMS.wrapper), "id": item["id"]}
    payment_applications.save(call.state, {"items": [row]}, application, {})
    return json_response(payment_applications.show_item(call.state, item))


def _of_project(call: Call) -> Response:
    rows = call.state.find("payment_applications", "project_id", call.project["id"])
    return answer_list(call, Listing(sorts=frozenset()), rows, payment_applications.show)


def _of_contract(call: Call) -> Response:
    rows = call.state.find("payment_applications", "contract_id", _contract(call)["id"])
    return answer_list(call, Listing(BY_ID, per_page=30, sorts=frozenset()), rows, payment_applications.show)


def _read(path: str, handler: Handler) -> Route:
    return Route("GET", path, handler, "project", _TOOL)


def _write(method: str, path: str, handler: Handler) -> Route:
    return Route(method, path, handler, "project", _TOOL, "admin")


_contracts = Group(_ONE, PRIME_CONTRACTS, in_project, "project", _TOOL)
_lines = Group(f"{_ALL}/{{prime_contract_id}}/line_items", prime_contracts.LINES, _in_contract, "project", _TOOL)
ROUTES: list[Route] = [
    Group(_ALL, PRIME_CONTRACTS, in_project, "project", _TOOL).lists(Listing(CHANGES)),
    _read(_ONE, _first),
    *_contracts.basics("show", "create", "update", "destroy"),
    _lines.lists(Listing(CHANGES)),
    *_lines.basics("sync", "show", "create", "update", "destroy"),
    _read(_APPLICATIONS, _of_project),
    _read(f"{_APPLICATIONS}/{{id}}", _in_full),
    _write("DELETE", f"{_APPLICATIONS}/{{id}}", _destroy),
    _read(f"{_ALL}/{{prime_contract_id}}/payment_applications", _of_contract),
    _write("POST", f"{_ALL}/{{prime_contract_id}}/payment_applications", _create),
    _write("PATCH", f"{_ALL}/{{prime_contract_id}}/payment_applications/{{id}}", _update),
    _write("PATCH", f"{_ALL}/{{prime_contract_id}}/payment_application_line_items/{{id}}", _update_item),
]
