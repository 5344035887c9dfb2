"""`Idempotency-Key`: a repeated write gets the stored answer, for six minutes."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from datetime import timedelta

from sandbox.http import Request, Response
from sandbox.world import World
from sandbox.xero.errors import BadRequestError
from sandbox.xero.wire import iso_time

LIFE = timedelta(minutes=6)
LONGEST_KEY = 128
_TABLE = "xero.idempotency"


def answered_once(world: World, app: str, request: Request, answer: Callable[[Request], Response]) -> Response:
    """Answers a write, or repeats the answer to the same request under the same key, refusals included.

    Keys belong to an app and live from their first use. Raises `BadRequestError` for a key that is too long, or that
    was used with another method, address or body.
    """
    key = request.headers.get("idempotency-key")
    if not key or request.method not in {"POST", "PUT"}:
        return answer(request)
    if len(key) > LONGEST_KEY:
        raise BadRequestError(10, "ValidationException", f"Idempotency Key is longer than {LONGEST_KEY} characters.")
    _forget_expired(world)
    stored = world.tables.get(_TABLE, f"{app} {key}")
    if stored is None:
        response = answer(request)
        _store(world, f"{app} {key}", request, response)
        return response
    if stored["request"] != _fingerprint(request):
        message = f"Idempotency Key: {key} is used with a different request."
        raise BadRequestError(10, "ValidationException", message)
    return Response(stored["status"], stored["body"].encode(), stored["headers"])


def _store(world: World, key: str, request: Request, response: Response) -> None:
    row = {
        "request": _fingerprint(request),
        "status": response.status,
        "body": response.body.decode(),
        "headers": dict(response.headers),
        "expires": iso_time(world.clock.now() + LIFE),
    }
    world.tables.put(_TABLE, key, row)


def _forget_expired(world: World) -> None:
    now = iso_time(world.clock.now())
    while (oldest := world.tables.oldest(_TABLE)) and oldest[1]["expires"] <= now:
        world.tables.remove(_TABLE, oldest[0])


def _fingerprint(request: Request) -> str:
    query = repr(sorted((name, list(values)) for name, values in request.query.items()))
    parts = (request.method, request.path, query)
    return hashlib.sha256("\n".join(parts).encode() + request.body).hexdigest()
