"""The one HTTP client of all connectors: JSON in and out, waiting, repeating, and a token that never leaves its origin.

What is repeated: a read, always; a write, when it was surely not executed or when the connector says that the vendor
recognises it (`Call.repeatable`). Any other write without an answer is `OutcomeUnknown`. Refusals (4xx) are returned:
what they mean is the connector's to say.
"""

from __future__ import annotations

import logging
import random
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from itertools import count
from typing import Any, Protocol
from urllib.parse import urlencode, urljoin, urlsplit

import msgspec
import requests
from requests.structures import CaseInsensitiveDict

from jobledger.errors import FixTheSetup, JobledgerError, OutcomeUnknown, RetryLater
from jobledger.systems.attempts import (
    TooMuchError,
    Trouble,
    pause_before,
    retry_after,
    trouble_of_error,
    trouble_of_status,
    vendor_time,
)

TIMEOUT = (10.0, 60.0)
"""Seconds to connect, and between two pieces of an answer."""

MOST_BYTES = 256 * 1024 * 1024
MOST_BODY_SECONDS = 300.0
MOST_ATTEMPTS = 6
MOST_WAIT = 300.0
"""Seconds that one call may spend waiting between its attempts; after that a task had better give its slot away."""

MOST_REDIRECTS = 5
_CHUNK = 256 * 1024
_REDIRECTS = frozenset({301, 302, 303, 307, 308})
_NO_BODY = frozenset({204, 304})

_decoder = msgspec.json.Decoder(float_hook=Decimal)
_encoder = msgspec.json.Encoder(decimal_format="number")

Signing = Callable[[requests.PreparedRequest], requests.PreparedRequest]
"""What puts a token into a request."""

Observe = Callable[[str, str, str, "int | None", float], None]
"""Told of each request: system, method, path, status (None: no answer), seconds."""


def utc_now() -> datetime:
    """The moment, in UTC."""
    return datetime.now(UTC)


def ignore(system: str, method: str, path: str, status: int | None, seconds: float) -> None:
    """Nobody counts requests."""


class Auth(Protocol):
    """Where the token comes from."""

    def header(self) -> str:
        """The value of `Authorization`. Raises `FixTheSetup`, `RetryLater`."""
        ...

    def renew(self) -> None:
        """Gets a new token, because the vendor refused the present one. Raises `FixTheSetup`, `RetryLater`."""
        ...


class Budget(Protocol):
    """What is left of the vendor's limits."""

    def before(self) -> None:
        """Waits until one more call is allowed. Raises `RetryLater` if that is too long to wait for."""
        ...

    def after(self, status: int, headers: Mapping[str, str]) -> None:
        """Learns from an answer."""
        ...


@dataclass(frozen=True)
class Call:
    """One request. `path` is below the base address, or a whole address of the same origin.

    `document` is sent as JSON, `form` (a request for a token) as a form, `content` (which has a length, and gives its
    pieces as often as it is asked) as it is, as `content_type`. `repeatable`: the vendor recognises the same
    write when it comes again. `answers`: whether an answer without a body is no answer.
    """

    method: str
    path: str
    params: Mapping[str, Any] | Iterable[tuple[str, Any]] = ()
    headers: Mapping[str, str] = field(default_factory=dict)
    document: Any = None
    form: Mapping[str, str] | None = field(default=None, repr=False)
    content: Any = field(default=None, repr=False)
    content_type: str = ""
    repeatable: bool = False
    answers: bool = True

    @property
    def reads(self) -> bool:
        """Whether the call changes no record."""
        return self.method == "GET" or self.form is not None


@dataclass(frozen=True)
class Answer:
    """An answer. `body` is decoded JSON, or None where there was none; `at` is the vendor's own time."""

    status: int
    body: Any
    headers: Mapping[str, str]
    at: datetime

    @property
    def ok(self) -> bool:
        """Whether the vendor accepted the request."""
        return self.status < 300


def unexplained(answer: Answer) -> None:
    """Nobody knows more than that the token was refused."""


@dataclass
class Client:
    """Talks to one origin of one vendor. `title` ('Xero') and `where` ('connection xero_acme') are for messages.

    `explain` says what an answer 401 means that no new token can mend; None where it may be the token.
    """

    system: str
    session: requests.Session
    base_url: str
    title: str = ""
    where: str = "the connection"
    auth: Auth | None = None
    budget: Budget | None = None
    headers: Mapping[str, str] = field(default_factory=dict)
    clock: Callable[[], datetime] = utc_now
    sleep: Callable[[float], None] = time.sleep
    chance: Callable[[], float] = random.random  # noqa: S311
    log: Callable[[str], None] = logging.getLogger(__name__).info
    observe: Observe = ignore
    explain: Callable[[Answer], Exception | None] = unexplained

    def get(self, path: str, params: Mapping[str, Any] | Iterable[tuple[str, Any]] = (), **headers: str) -> Answer:
        """Reads. Names of `headers` have `_` for `-`. Raises `RetryLater`, `FixTheSetup`."""
        return self.send(Call("GET", path, params, {name.replace("_", "-"): text for name, text in headers.items()}))

    def send(self, call: Call) -> Answer:
        """Sends a call until it is answered. Raises `RetryLater`, `FixTheSetup`, and for a write `OutcomeUnknown`."""
        waited, unsure = 0.0, False
        for attempt in count(1):
            met = self._attempt(call, unsure)
            if isinstance(met, Answer):
                return met
            unsure = unsure or (met.executed and not call.reads)
            pause = pause_before(attempt + 1, met.wait, self.chance())
            hopeless = met.hopeless or attempt == MOST_ATTEMPTS or waited + pause > MOST_WAIT
            if hopeless or (unsure and not call.repeatable):
                raise self._gave_up(call, met, unsure)
            self.log(f"{self._name} {met.reason}; attempt {attempt + 1} of {MOST_ATTEMPTS} in {pause:.0f} s.")
            self.sleep(pause)
            waited += pause
        raise AssertionError("unreachable")

    def address(self, path: str) -> str:
        """The whole address of a path. Raises `FixTheSetup` for an address of another origin: no token goes there."""
        url = path if "://" in path else f"{self.base_url.rstrip('/')}/{path.lstrip('/')}"
        if origin(url) != origin(self.base_url):
            raise FixTheSetup(
                self.where,
                f"{self._name} points to {urlsplit(url).netloc}, which is not the host of the connection.",
                "Nothing was sent there. Check the host of the connection.",
            )
        return url

    @property
    def _name(self) -> str:
        return self.title or self.system

    def _attempt(self, call: Call, unsure: bool) -> Answer | Trouble:
        try:
            met = self._exchange(call)
            if isinstance(met, Answer) and met.status == 401 and self.auth:
                met = self._with_new_token(call, self.auth, met)
            return met
        except (RetryLater, FixTheSetup) as error:
            if unsure:
                raise OutcomeUnknown(f"{self._unanswered(call)} {error}") from error
            raise

    def _with_new_token(self, call: Call, auth: Auth, refused: Answer) -> Answer | Trouble:
        if meant := self.explain(refused):
            raise meant
        auth.renew()
        met = self._exchange(call)
        if isinstance(met, Answer) and met.status == 401:
            found = f"{self._name} refuses a token that it has just issued."
            raise self.explain(met) or FixTheSetup(self.where, found, "Connect the app again.")
        return met

    def _exchange(self, call: Call) -> Answer | Trouble:
        url = self.address(call.path)
        met = self._once(call, url)
        for _ in range(MOST_REDIRECTS):
            if not isinstance(met, Answer) or met.status not in _REDIRECTS or call.method != "GET":
                return met
            url = self.address(urljoin(url, met.headers.get("Location", "")))
            met = self._once(Call(call.method, url, (), call.headers), url)
        return Trouble("redirects in a circle", executed=False)

    def _once(self, call: Call, url: str) -> Answer | Trouble:
        # the token first: what it may wait for must not lie between taking a call and making it
        signed = signing(self.auth.header()) if self.auth else unsigned
        if self.budget:
            self.budget.before()
        began, status = time.monotonic(), None
        try:
            with self._request(call, url, signed) as response:
                status = response.status_code
                if self.budget:
                    self.budget.after(status, response.headers)
                return self._judged(response, call)
        except requests.RequestException as error:
            return trouble_of_error(error, self.where)
        finally:
            self.observe(self.system, call.method, urlsplit(url).path, status, time.monotonic() - began)

    def _request(self, call: Call, url: str, signed: Signing) -> requests.Response:
        body, kind = _body(call)
        return self.session.request(
            call.method,
            url,
            params=urlencode(list(_pairs(call.params)), doseq=True) or None,
            data=body,
            headers={"Accept": "application/json", **kind, **self.headers, **call.headers},
            auth=signed,
            timeout=TIMEOUT,
            allow_redirects=False,
            stream=True,
        )

    def _judged(self, response: requests.Response, call: Call) -> Answer | Trouble:
        at = vendor_time(response.headers, self.clock())
        status = response.status_code
        trouble = trouble_of_status(status, retry_after(response.headers, at))
        if trouble or (status in _REDIRECTS and call.method != "GET"):
            return trouble or Trouble(f"answered a write with a redirect ({status})", executed=True)
        raw = self._read(response)
        try:
            body = _decoder.decode(raw) if raw else None
        except (msgspec.DecodeError, UnicodeDecodeError):
            body = None
        if body is None and call.answers and status < 300 and status not in _NO_BODY:
            return Trouble("sent an answer that is not whole JSON", executed=True)
        return Answer(status, body, CaseInsensitiveDict(response.headers), at)

    def _read(self, response: requests.Response) -> bytes:
        """The body, within bounds of size and time. Raises `TooMuchError` beyond them."""
        parts, size, deadline = [], 0, time.monotonic() + MOST_BODY_SECONDS
        for part in response.iter_content(_CHUNK):
            size += len(part)
            if size > MOST_BYTES or time.monotonic() > deadline:
                raise TooMuchError
            parts.append(part)
        return b"".join(parts)

    def _gave_up(self, call: Call, met: Trouble, unsure: bool) -> JobledgerError:
        if unsure:
            return OutcomeUnknown(f"{self._unanswered(call)} {self._name} {met.reason}.")
        at = self.clock() + timedelta(seconds=met.wait) if met.wait else None
        return RetryLater(f"{self._name} {met.reason}.", at)

    def _unanswered(self, call: Call) -> str:
        return f"A {call.method} to {urlsplit(call.path).path} was sent and not answered."


def origin(url: str) -> tuple[str, str, int | None]:
    """Scheme, host and port of an address."""
    parts = urlsplit(url)
    return parts.scheme, (parts.hostname or "").lower(), parts.port or {"https": 443, "http": 80}.get(parts.scheme)


def _pairs(params: Mapping[str, Any] | Iterable[tuple[str, Any]]) -> Iterable[tuple[str, Any]]:
    return params.items() if isinstance(params, Mapping) else params


def _body(call: Call) -> tuple[Any, dict[str, str]]:
    if call.form is not None:
        return urlencode(call.form).encode(), {"Content-Type": "application/x-www-form-urlencoded"}
    if call.content is not None:
        return call.content, {"Content-Type": call.content_type}
    if call.document is not None:
        return _encoder.encode(call.document), {"Content-Type": "application/json"}
    return None, {}


def signing(value: str) -> Signing:
    """Sets the header last, so that a `.netrc` on the machine cannot take its place."""

    def apply(request: requests.PreparedRequest) -> requests.PreparedRequest:
        request.headers["Authorization"] = value
        return request

    return apply


def unsigned(request: requests.PreparedRequest) -> requests.PreparedRequest:
    """Sends no token."""
    return request
