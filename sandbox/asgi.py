"""The sandbox over HTTP: a plain ASGI application, and the server that can cut a connection for real."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Awaitable, Callable, MutableMapping
from contextlib import suppress
from typing import Any, cast
from urllib.parse import parse_qs

import uvicorn
from uvicorn.protocols.http.h11_impl import H11Protocol

from sandbox.app import Sandbox
from sandbox.http import Request, Response

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
App = Callable[[Message, Receive, Send], Awaitable[None]]

_open_connections: dict[tuple[str, int], asyncio.Transport] = {}


class CuttableConnection(H11Protocol):
    """A connection that the application can find again by its peer's address, to cut it."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Files the connection."""
        super().connection_made(transport)
        if self.client:
            _open_connections[self.client] = transport

    def connection_lost(self, exc: Exception | None) -> None:
        """Forgets the connection."""
        if self.client:
            _open_connections.pop(self.client, None)
        super().connection_lost(exc)


def create_app(sandbox: Sandbox) -> App:
    """The sandbox as an ASGI application."""

    async def app(scope: Message, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return
        with sandbox.under_way(scope["path"]) as in_flight:
            response = sandbox.handle(await _request(scope, receive, in_flight))
            await _pause(receive, response.delay)
            await _respond(scope, send, response)

    return app


def server(sandbox: Sandbox) -> uvicorn.Server:
    """A server for the sandbox; run it with `server.run(sockets=[listen(...)])`."""
    config = uvicorn.Config(
        cast(Any, create_app(sandbox)),
        http=CuttableConnection,
        lifespan="off",
        log_level="warning",
        date_header=False,
        server_header=False,
        proxy_headers=False,
        timeout_graceful_shutdown=1,
    )
    return uvicorn.Server(config)


def listen(host: str = "127.0.0.1", port: int = 0) -> socket.socket:
    """A listening socket; port 0 takes a free one. Raises `OSError` when the port is taken."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listening = socket.socket(family, socket.SOCK_STREAM)
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listening.bind((host, port))
        listening.listen(128)
    except OSError:
        listening.close()
        raise
    return listening


async def _request(scope: Message, receive: Receive, in_flight: int) -> Request:
    return Request(
        method=scope["method"],
        path=scope["path"],
        query=parse_qs(scope["query_string"].decode("latin-1"), keep_blank_values=True),
        headers={name.decode("latin-1").lower(): value.decode("latin-1") for name, value in scope["headers"]},
        body=await _body(receive),
        in_flight=in_flight,
    )


async def _body(receive: Receive) -> bytes:
    parts = []
    while True:
        message = await receive()
        parts.append(message.get("body", b""))
        if not message.get("more_body"):
            return b"".join(parts)


async def _respond(scope: Message, send: Send, response: Response) -> None:
    if response.cut == "drop":
        _cut(scope)
        return
    headers = {**response.headers, "content-length": str(len(response.body))}
    encoded = [(name.encode("latin-1"), value.encode("latin-1")) for name, value in headers.items()]
    await send({"type": "http.response.start", "status": response.status, "headers": encoded})
    if response.cut == "truncate":
        await send({"type": "http.response.body", "body": response.body[: len(response.body) // 2], "more_body": True})
        _cut(scope, after_sending=True)
        return
    await send({"type": "http.response.body", "body": response.body})


async def _pause(receive: Receive, seconds: float) -> None:
    """Waits, but no longer than the client does."""
    if seconds:
        with suppress(TimeoutError):
            await asyncio.wait_for(receive(), seconds)


def _cut(scope: Message, after_sending: bool = False) -> None:
    """Ends the connection of a request, if it is still there."""
    transport = _open_connections.get(tuple(scope["client"] or ()))
    if transport is None:
        return
    if after_sending:
        transport.close()
    else:
        transport.abort()
