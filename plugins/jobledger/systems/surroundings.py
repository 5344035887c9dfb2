"""What a connector is given from outside: transport, time, shared state, and where its words and figures go."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from urllib.parse import urlsplit

import requests

from jobledger.errors import FixTheSetup
from jobledger.systems.auth import App, TokenStore
from jobledger.systems.budget import InMemory, Limit, RateBudget, ReadLimits, Windows
from jobledger.systems.client import Client, Observe, ignore, utc_now

_THIS_MACHINE = frozenset({"localhost", "127.0.0.1", "::1"})


def kept_nowhere(connection: str) -> TokenStore:
    """No store. Raises `FixTheSetup`: no token that works once is spent where the next one is not kept."""
    raise FixTheSetup(
        f"Airflow connection '{connection}'",
        "is connected by consent, and its tokens cannot be reached from here.",
        "Use it from a run or a command of Jobledger.",
    )


@dataclass(frozen=True)
class Surroundings:
    """Everything has a default, which is right for one process on its own, apart from tokens of a consent.

    `windows` gives the shared rate windows of a system and tenant, `tokens` the shared token of a connection. A
    `backfill` leaves a reserve of each allowance to all other runs.
    """

    session: requests.Session = field(default_factory=requests.Session)
    clock: Callable[[], datetime] = utc_now
    sleep: Callable[[float], None] = time.sleep
    windows: Callable[[str, str], Windows] = lambda system, tenant: InMemory()
    tokens: Callable[[str], TokenStore] = kept_nowhere
    mask: Callable[[str], None] = lambda secret: None
    log: Callable[[str], None] = logging.getLogger("jobledger.systems").info
    observe: Observe = ignore
    backfill: bool = False

    def client(self, system: str, title: str, base_url: str, where: str) -> Client:
        """A client for one origin, still without a token."""
        return Client(
            system,
            self.session,
            base_url,
            title=title,
            where=where,
            clock=self.clock,
            sleep=self.sleep,
            log=self.log,
            observe=self.observe,
        )

    def login(self, system: str, title: str, account: Account) -> tuple[Client, App]:
        """A client for the host that issues an account's tokens, and the app as that host knows it."""
        parts = urlsplit(account.oauth_url)
        client = self.client(system, title, f"{parts.scheme}://{parts.netloc}", account.where)
        return client, App(account.client_id, account.secret, parts.path, basic=True, connection=account.name)

    def budget(self, account: tuple[str, str], title: str, limits: Sequence[Limit], read: ReadLimits) -> RateBudget:
        """The rate budget of a system and tenant."""
        windows = self.windows(*account)
        return RateBudget(title, limits, read, windows, self.clock, self.sleep, self.log, self.backfill)


@dataclass(frozen=True)
class Account:
    """An app's account with a vendor, as an Airflow connection holds it. `name` is the connection's.

    `other_host` allows hosts that are not the vendor's, such as a sandbox on another machine.
    """

    name: str
    host: str
    oauth_url: str
    client_id: str
    secret: str = field(repr=False)
    other_host: bool = False

    @property
    def where(self) -> str:
        """How messages name the connection."""
        return f"Airflow connection '{self.name}'"

    def check_hosts(self, domains: Sequence[str], how: str = "Fill in both from the app's page.") -> None:
        """Raises `FixTheSetup` for a host to which no credentials must go, or missing ones; `how` they are had."""
        if not (self.client_id and self.secret):
            raise FixTheSetup(self.where, "has no client id or no client secret.", how)
        for url in (self.host, self.oauth_url):
            if not (self.other_host or is_known(url, domains)):
                raise FixTheSetup(
                    self.where,
                    f"names the host {urlsplit(url).netloc or url}, which is not the vendor's over https.",
                    "Correct it, or tick 'Other host' for a sandbox of your own.",
                )


def host_of(stated: str | None, port: int | None, default: str) -> str:
    """The address of a connection's host, or the vendor's own; its port joins a host that names none."""
    host = (stated or default).rstrip("/")
    parts = urlsplit(host)
    names_one = ":" in parts.netloc.rpartition("@")[2].rpartition("]")[2]
    usual = {"https": 443, "http": 80}.get(parts.scheme)
    return f"{host}:{port}" if port and port != usual and parts.netloc and not names_one else host


def is_known(url: str, domains: Sequence[str]) -> bool:
    """Whether an address is the vendor's over https, or this machine's."""
    parts = urlsplit(url)
    host = (parts.hostname or "").lower()
    if host in _THIS_MACHINE:
        return True
    return parts.scheme == "https" and any(host == one or host.endswith(f".{one}") for one in domains)
