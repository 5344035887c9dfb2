"""The sandbox as a transport of `requests`: no socket, no waiting, the same answers and the same failures."""

from __future__ import annotations

import io
from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

import requests
from requests.adapters import BaseAdapter
from requests.structures import CaseInsensitiveDict
from urllib3 import HTTPResponse

from sandbox.app import Sandbox
from sandbox.http import Request, Response


class InProcessAdapter(BaseAdapter):
    """Mounted on a session, as `session_on` does, any host is the sandbox."""

    def __init__(self, sandbox: Sandbox) -> None:
        super().__init__()
        self._sandbox = sandbox

    def send(  # type: ignore[override]
        self, request: requests.PreparedRequest, timeout: Any = None, **_: Any
    ) -> requests.Response:
        """Asks the sandbox. Raises what `requests` raises for a cut connection or a timeout."""
        answer = self._sandbox.handle(_request(request))
        _raise_for_cut(answer, timeout)
        return _response(request, answer)

    def close(self) -> None:
        """Nothing is open."""


def session_on(sandbox: Sandbox) -> requests.Session:
    """A session on which every `https` host is the sandbox."""
    session = requests.Session()
    # no request leaves the process, and looking for proxies takes longer than the answer
    session.trust_env = False
    session.mount("https://", InProcessAdapter(sandbox))
    return session


def _request(request: requests.PreparedRequest) -> Request:
    address = urlsplit(request.url or "")
    return Request(
        method=request.method or "GET",
        path=unquote(address.path),
        query=parse_qs(address.query, keep_blank_values=True),
        headers={name.lower(): _text(value) for name, value in request.headers.items()},
        body=_body(request.body),
    )


def _text(value: str | bytes) -> str:
    return value.decode("latin-1") if isinstance(value, bytes) else value


def _body(body: Any) -> bytes:
    if body is None:
        return b""
    if isinstance(body, str):
        return body.encode()
    if isinstance(body, bytes):
        return body
    return b"".join(body)


def _raise_for_cut(answer: Response, timeout: Any) -> None:
    patience = timeout[1] if isinstance(timeout, tuple) else timeout
    if (answer.cut == "drop" and answer.delay) or (patience is not None and answer.delay > patience):
        raise requests.exceptions.ReadTimeout("Read timed out.")
    if answer.cut == "drop":
        raise requests.exceptions.ConnectionError("Connection aborted.")
    if answer.cut == "truncate":
        raise requests.exceptions.ChunkedEncodingError("Connection broken: IncompleteRead")


def _response(request: requests.PreparedRequest, answer: Response) -> requests.Response:
    headers: Mapping[str, str] = {**answer.headers, "content-length": str(len(answer.body))}
    response = requests.Response()
    response.status_code = answer.status
    response.headers = CaseInsensitiveDict(headers)
    response.url = request.url or ""
    response.request = request
    response.encoding = requests.utils.get_encoding_from_headers(response.headers)
    response.raw = HTTPResponse(io.BytesIO(answer.body), headers, answer.status, preload_content=False)
    return response
