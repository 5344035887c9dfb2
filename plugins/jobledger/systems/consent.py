"""Connecting an app by consent: the address that asks for it, the redirect that brings it, the tokens that it buys.

A consent is given in a browser. The vendor sends that browser back to the redirect address with a code, which buys both
tokens. They are stored before anything uses them; until then a refusal leaves everything as it was.
"""

from __future__ import annotations

import hashlib
import secrets
import time
from base64 import urlsafe_b64encode
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from html import escape
from http.server import BaseHTTPRequestHandler
from socketserver import TCPServer
from typing import Any, Literal
from urllib.parse import parse_qsl, urlencode, urlsplit

from jobledger.errors import FixTheSetup
from jobledger.systems.auth import App, by_code, check_app, held, revoke
from jobledger.systems.client import Call, Client, origin
from jobledger.systems.surroundings import Account, Surroundings

CALLBACK = "/callback"
PATIENCE = 600.0
"""Seconds in which a person must have answered: the vendors' codes live hardly longer."""

_IDLE = 2.0
"""Seconds for a browser that opens a connection to say something: some open one more than they need."""


@dataclass(frozen=True)
class Vendor:
    """How a vendor asks for consent and takes it back. `giver` is who may give it, `brings` what the redirect holds.

    `token` is the vendor's own address for tokens: an account with another one has the other addresses there too.
    """

    system: str
    title: str
    giver: str
    authorize: str
    token: str
    revoke: str
    revoke_as: Literal["form", "document"]
    scopes: tuple[str, ...]
    brings: tuple[str, ...] = ("code",)
    pkce: bool = False


@dataclass(frozen=True)
class Organisation:
    """An organisation that an app turned out to be connected to."""

    tenant_id: str
    name: str


@dataclass(frozen=True)
class Question:
    """A consent that is asked for at `address`. `state` must come back; `verifier` proves later that it was us."""

    address: str
    redirect: str
    state: str = field(repr=False)
    verifier: str = field(default="", repr=False)


@dataclass(frozen=True)
class Consent:
    """An app of an account that people connect. `look` finds what it is connected to, given what the redirect told."""

    vendor: Vendor
    account: Account
    around: Surroundings
    look: Callable[[Mapping[str, str]], list[Organisation]]

    def ask(self, redirect: str) -> Question:
        """A new question, whose answer the vendor sends to the address `redirect`."""
        state, verifier = secrets.token_urlsafe(24), secrets.token_urlsafe(48) if self.vendor.pkce else ""
        asked = {
            "response_type": "code",
            "client_id": self.account.client_id,
            "redirect_uri": redirect,
            "scope": " ".join(self.vendor.scopes),
            "state": state,
            **({"code_challenge": _challenge(verifier), "code_challenge_method": "S256"} if verifier else {}),
        }
        return Question(f"{self._place(self.vendor.authorize)}?{urlencode(asked)}", redirect, state, verifier)

    def redeem(self, question: Question, answer: str) -> Mapping[str, str]:
        """Stores both tokens that an answer (the address of the redirect) buys; what else it told, for `look`.

        Raises `FixTheSetup` for an answer that brings no consent; `RetryLater`.
        """
        told = self._told(question, answer)
        proof = {"code_verifier": question.verifier} if question.verifier else {}
        form = {"code": told["code"], "redirect_uri": question.redirect, **proof}
        store = self.around.tokens(self.account.name)
        with held(store, self.around.sleep):
            store.save(by_code(*self._login(), form, self.around.mask))
        return told

    def check_app(self) -> str:
        """That the vendor knows the app, and how to try the rest. Raises `FixTheSetup`, `RetryLater`."""
        check_app(*self._login())
        return (
            f"{self.vendor.title} accepts the client id and secret. This button spends no token: try the consent with"
            " `airflow jobledger doctor`, or give it with `airflow jobledger connect`."
        )

    def disconnect(self) -> str:
        """Takes the consent back and forgets its tokens; what came of it, in words.

        Raises `FixTheSetup` where there is nothing to take back; `RetryLater`, and then nothing is forgotten.
        """
        store = self.around.tokens(self.account.name)
        with held(store, self.around.sleep) as stored:
            if stored is None or stored.refresh is None:
                raise FixTheSetup(self.account.where, "has no stored tokens.", "There is nothing to disconnect.")
            known = self._revoked(stored.refresh)
            store.forget()
        title, name = self.vendor.title, self.account.name
        told = f"{title} holds the app no longer connected." if known else f"{title} did not know the consent any more."
        return (
            f"{told}\nThe tokens of '{name}' are forgotten. Connect it again with `airflow jobledger connect {name}`."
        )

    def _told(self, question: Question, answer: str) -> Mapping[str, str]:
        told = dict(parse_qsl(urlsplit(answer.strip()).query))
        if not secrets.compare_digest(told.get("state", "").encode(), question.state.encode()):
            found = "the answer is not to the question that was asked here (another state)."
            raise FixTheSetup(self.account.where, found, "Nothing was stored. Start again, and use the new address.")
        if told.get("error") == "access_denied":
            found, remedy = "consent was not given.", f"Let {self.vendor.giver} give it: start again."
            raise FixTheSetup(self.account.where, f"{self.vendor.title}: {found}", remedy)
        missing = [name for name in self.vendor.brings if not told.get(name)]
        if "error" in told or missing:
            found = told.get("error_description") or told.get("error") or f"the answer lacks {' and '.join(missing)}."
            remedy = f"Check client id and scopes of the app, and that {question.redirect} is registered with it."
            raise FixTheSetup(self.account.where, f"{self.vendor.title}: {found}", remedy)
        return told

    def _revoked(self, refresh: str) -> bool:
        address = urlsplit(self._place(self.vendor.revoke))
        host = f"{address.scheme}://{address.netloc}"
        client = self.around.client(self.vendor.system, self.vendor.title, host, self.account.where)
        sent: dict[str, Any] = {self.vendor.revoke_as: {"token": refresh}}
        return revoke(client, self._login()[1], Call("POST", address.path, **sent))

    def _login(self) -> tuple[Client, App]:
        return self.around.login(self.vendor.system, self.vendor.title, self.account)

    def _place(self, address: str) -> str:
        """An address of the vendor or, for an account whose tokens come from elsewhere, the same path there."""
        if origin(self.account.oauth_url) == origin(self.vendor.token):
            return address
        elsewhere = urlsplit(self.account.oauth_url)
        return f"{elsewhere.scheme}://{elsewhere.netloc}{urlsplit(address).path}"


def receive(port: int, finish: Callable[[str], str], begin: Callable[[], None], patience: float = PATIENCE) -> str:
    """What `finish` says of the one redirect that arrives at this machine's port; `begin` sends the browser off.

    The browser is shown the same. Raises `FixTheSetup` for a port that is taken, when nobody answers in time, and what
    `finish` raises.
    """
    with _listening(port, finish) as server:
        begin()
        deadline = time.monotonic() + patience
        while server.outcome is None and (left := deadline - time.monotonic()) > 0:
            server.timeout = left
            server.handle_request()
    if isinstance(server.outcome, Exception):
        raise server.outcome
    if server.outcome is None:
        found = f"no answer came to http://localhost:{port}{CALLBACK} within {patience:.0f} seconds."
        raise FixTheSetup("the browser", found, "Start again; on a machine without a browser with --paste.")
    return server.outcome


class _Listener(TCPServer):
    """Waits for a redirect. `outcome` is what came of it: words, or why it failed."""

    allow_reuse_address = True
    outcome: str | Exception | None = None

    def __init__(self, port: int, finish: Callable[[str], str]) -> None:
        self.finish = finish
        super().__init__(("127.0.0.1", port), _Handler)


class _Handler(BaseHTTPRequestHandler):
    timeout = _IDLE
    server: _Listener

    def do_GET(self) -> None:
        """Answers the redirect; any other request is not for us."""
        if urlsplit(self.path).path != CALLBACK:
            self._show(404, "Not found.")
            return
        try:
            self.server.outcome = self.server.finish(self.path)
        except Exception as error:  # whatever it is, whoever waits for the outcome is told
            self.server.outcome = error
        self._show(400 if isinstance(self.server.outcome, Exception) else 200, str(self.server.outcome))

    def _show(self, status: int, words: str) -> None:
        page = f"<!doctype html><meta charset=utf-8><title>Jobledger</title><pre>{escape(words)}</pre>".encode()
        self.send_response_only(status)
        self.send_header("Content-Type", "text/html; charset=utf-8")
        self.send_header("Content-Length", str(len(page)))
        self.end_headers()
        self.wfile.write(page)

    def log_message(self, format: str, *args: Any) -> None:
        """Keeps quiet: the address of the redirect holds a code."""


def _listening(port: int, finish: Callable[[str], str]) -> _Listener:
    try:
        return _Listener(port, finish)
    except (OSError, OverflowError) as error:
        remedy = "Choose another one with --port, and register its redirect address with the app."
        raise FixTheSetup(f"port {port}", f"cannot be listened at ({error}).", remedy) from None


def _challenge(verifier: str) -> str:
    return urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"=").decode()
