"""`requestid`: a repeated write gets the answer of the first one."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta

from sandbox.http import Request, Response
from sandbox.quickbooks_online.errors import RefusedError
from sandbox.world import World

LIFE = timedelta(hours=24)
LONGEST = 50
_TABLE = "quickbooks_online.request_ids"


def answered_once(world: World, request: Request, answer: Callable[[Request], Response]) -> Response:
    """Answers a write, or repeats the answer to the first request with the same id, whatever the later one says.

    Raises `RefusedError` 2130 for an id that is too long or has other characters than an id has.
    """
    key = request.first("requestid")
    if not key or request.method != "POST" or request.path.endswith("/query"):
        return answer(request)
    if len(key) > LONGEST or not re.fullmatch(r"[\w.-]+", key):
        raise RefusedError(2130, f"requestid has at most {LONGEST} letters, digits, dots and dashes", "requestid")
    _forget_expired(world)
    first = world.tables.get(_TABLE, key)
    if first:
        return Response(first["status"], first["body"].encode(), first["headers"])
    response = answer(request)
    row = {
        "status": response.status,
        "body": response.body.decode(),
        "headers": dict(response.headers),
        "expires": (world.clock.now() + LIFE).isoformat(timespec="milliseconds"),
    }
    world.tables.put(_TABLE, key, row)
    return response


def _forget_expired(world: World) -> None:
    now = world.clock.now().isoformat(timespec="milliseconds")
    while (oldest := world.tables.oldest(_TABLE)) and oldest[1]["expires"] <= now:
        world.tables.remove(_TABLE, oldest[0])
