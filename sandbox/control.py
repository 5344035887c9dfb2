"""The sandbox's own routes, `/_sandbox/…`: what is outside the vendors, for tests and demonstrations."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import msgspec

from sandbox.faults import Fault
from sandbox.http import Handler, Request, Response, Router, json_response
from sandbox.log import summary
from sandbox.vendor import QuotaMode, Vendor

if TYPE_CHECKING:
    from sandbox.app import Sandbox

PREFIX = "/_sandbox/"
_UNITS = {"s": 1, "second": 1, "min": 60, "minute": 60, "h": 3600, "hour": 3600, "d": 86400, "day": 86400}


class NotFoundError(LookupError):
    """A control route names something that is not there."""


def router(sandbox: Sandbox) -> Router:
    """The table of the control routes."""
    routes: list[tuple[str, str, Callable[[Sandbox, Request], Any]]] = [
        ("POST", "reset", _reset),
        ("GET", "requests", _requests),
        ("GET", "requests/summary", _summary),
        ("GET", "records/{system}", _entities),
        ("GET", "records/{system}/{entity}", _records),
        ("POST", "records/{system}/{entity}", _seed),
        ("DELETE", "records/{system}/{entity}/{key}", _remove),
        ("GET", "ledger", _ledger),
        ("GET", "faults", _faults),
        ("POST", "faults", _set_faults),
        ("DELETE", "faults", _clear_faults),
        ("GET", "quotas", _quotas),
        ("POST", "quotas", _set_quotas),
        ("GET", "clock", _clock),
        ("POST", "clock", _advance),
    ]
    table = Router()
    for method, path, handler in routes:
        table.add(method, PREFIX + path, _bound(handler, sandbox))
    return table


def answer(routes: Router, request: Request) -> Response:
    """Answers a control request: 404 for a route or thing that is not there, 400 for wrong input, in plain words."""
    found = routes.find(request)
    if found is None:
        return json_response({"message": f"No control route {request.method} {request.path}"}, 404)
    handler, path_params = found
    try:
        return handler(replace(request, path_params=path_params))
    except NotFoundError as error:
        return json_response({"message": str(error.args[0])}, 404)
    except (ValueError, msgspec.DecodeError) as error:
        return json_response({"message": str(error)}, 400)


def _bound(handler: Callable[[Sandbox, Request], Any], sandbox: Sandbox) -> Handler:
    return lambda request: json_response(handler(sandbox, request))


class _Reset(msgspec.Struct, forbid_unknown_fields=True):
    dataset: str = "demo"
    scale: int = 1
    seed: int | None = None


def _reset(sandbox: Sandbox, request: Request) -> Any:
    wanted = msgspec.json.decode(request.body or b"{}", type=_Reset)
    sandbox.reset(wanted.dataset, wanted.scale, wanted.seed)
    return {"dataset": wanted.dataset, "scale": wanted.scale, "seed": sandbox.seed}


def _requests(sandbox: Sandbox, request: Request) -> Any:
    return sandbox.log.entries(request.first("system"))


def _summary(sandbox: Sandbox, request: Request) -> Any:
    system = request.first("system")
    quotas = sandbox.quotas()
    return {
        **summary(sandbox.log.entries(system)),
        "quotas": quotas if system is None else quotas.get(system, {}),
    }


def _entities(sandbox: Sandbox, request: Request) -> Any:
    vendor = _vendor(sandbox, request.path_params["system"])
    tables = sandbox.world.tables
    names = [name for name in tables.entities() if name.startswith(f"{vendor.name}.")]
    return {name.removeprefix(f"{vendor.name}."): tables.count(name) for name in names}


def _records(sandbox: Sandbox, request: Request) -> Any:
    vendor = _vendor(sandbox, request.path_params["system"])
    return list(sandbox.world.tables.all(f"{vendor.name}.{request.path_params['entity']}"))


def _seed(sandbox: Sandbox, request: Request) -> Any:
    vendor = _vendor(sandbox, request.path_params["system"])
    body = request.json()
    records = body if isinstance(body, list) else [body]
    if not all(isinstance(record, dict) for record in records):
        raise ValueError("A record is a JSON object; send one, or a list of them")
    mark = sandbox.world.tables.mark()
    try:
        stored = [vendor.seed(request.path_params["entity"], record) for record in records]
    except ValueError:
        sandbox.world.tables.undo(mark)
        raise
    return stored if isinstance(body, list) else stored[0]


def _remove(sandbox: Sandbox, request: Request) -> Any:
    vendor = _vendor(sandbox, request.path_params["system"])
    entity, key = request.path_params["entity"], request.path_params["key"]
    if sandbox.world.tables.get(f"{vendor.name}.{entity}", key) is None:
        raise NotFoundError(f"No record {key} in {vendor.name}.{entity}")
    vendor.remove(entity, key)
    return {"removed": key}


def _ledger(sandbox: Sandbox, request: Request) -> Any:
    system = request.first("system")
    return [line for line in sandbox.world.ledger() if system in {None, line["system"]}]


def _faults(sandbox: Sandbox, request: Request) -> Any:
    return sandbox.faults.active


def _set_faults(sandbox: Sandbox, request: Request) -> Any:
    ordered = msgspec.json.decode(request.body or b"[]", type=list[Fault])
    for fault in ordered:
        if fault.system is not None:
            _known_system(sandbox, fault.system)
    sandbox.faults.active = ordered
    return ordered


def _clear_faults(sandbox: Sandbox, request: Request) -> Any:
    sandbox.faults.active = []
    return []


def _quotas(sandbox: Sandbox, request: Request) -> Any:
    return sandbox.quotas()


def _set_quotas(sandbox: Sandbox, request: Request) -> Any:
    modes = msgspec.json.decode(request.body, type=dict[str, str | float])
    checked = {_known_system(sandbox, system): quota_mode(mode) for system, mode in modes.items()}
    for system, mode in checked.items():
        sandbox.vendors[system].quota.set_mode(mode)
    return checked


def quota_mode(value: str | float) -> QuotaMode:
    """A quota mode from what a person wrote: `real`, `off`, or a multiple. Raises `ValueError`."""
    if value == "real":
        return "real"
    if value == "off":
        return "off"
    try:
        multiple = float(value)
    except ValueError:
        multiple = 0.0
    if multiple <= 0:
        raise ValueError(f'A quota is "real", "off" or a multiple of the real one above 0, not {value!r}')
    return multiple


def _clock(sandbox: Sandbox, request: Request) -> Any:
    return {"now": sandbox.world.clock.now().isoformat(timespec="milliseconds")}


def _advance(sandbox: Sandbox, request: Request) -> Any:
    wanted = msgspec.json.decode(request.body, type=dict[str, str])
    sandbox.world.clock.advance(duration(wanted.get("advance", "")))
    sandbox.keep_time()
    return _clock(sandbox, request)


def duration(text: str) -> timedelta:
    """A length of time from words: `90 s`, `2 hours`, `1 day`. Raises `ValueError`."""
    match = re.fullmatch(r"\s*(\d+(?:\.\d+)?)\s*([a-z]+?)s?\s*", text) or re.fullmatch(r"\s*(\d+)\s*(s)\s*", text)
    if match is None or match[2] not in _UNITS:
        raise ValueError(f'Time is moved by words such as "90 s", "2 hours" or "1 day", not {text!r}')
    return timedelta(seconds=float(match[1]) * _UNITS[match[2]])


def _vendor(sandbox: Sandbox, system: str) -> Vendor:
    if system not in sandbox.vendors:
        raise NotFoundError(f"No system {system} in the sandbox; there are: {', '.join(sandbox.vendors)}")
    return sandbox.vendors[system]


def _known_system(sandbox: Sandbox, system: str) -> str:
    if system not in sandbox.vendors:
        raise ValueError(f"No system {system} in the sandbox; there are: {', '.join(sandbox.vendors)}")
    return system
