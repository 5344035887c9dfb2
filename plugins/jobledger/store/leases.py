"""Leases: one run at a time writes a flow of a pair; a fencing number shuts out the run that lost it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection, Engine
from sqlalchemy.exc import IntegrityError

from jobledger.errors import RetryLater
from jobledger.store.engine import reading, writing
from jobledger.store.tables import lease

LIFE = timedelta(minutes=5)
"""How long a lease holds without a renewal: longer than the slowest single request."""

_OF = (lease.c.pair == sa.bindparam("of_pair"), lease.c.flow == sa.bindparam("of_flow"))
_PRESENT = sa.select(lease.c.fence, lease.c.holder, lease.c.expires_at).where(*_OF)
_HELD = sa.update(lease).where(*_OF, lease.c.fence == sa.bindparam("of_fence"))


@dataclass(frozen=True)
class Lease:
    """The right to write one flow of a pair, for as long as no other run has taken it over."""

    pair: str
    flow: str
    fence: int
    holder: str


def take(engine: Engine, pair: str, flow: str, holder: str, now: datetime) -> Lease:
    """Takes the lease. Raises `RetryLater` while another run holds it."""
    with reading(engine) as connection:
        row = connection.execute(_PRESENT, {"of_pair": pair, "of_flow": flow}).one_or_none()
    if row is None:
        return _first(engine, Lease(pair, flow, 1, holder), now)
    if row.holder != holder and row.expires_at > now:
        raise RetryLater(f"{flow} is being written by {row.holder} until {row.expires_at:%H:%M:%S} UTC", row.expires_at)
    with writing(engine) as connection:
        state = {"fence": row.fence + 1, "holder": holder, "expires_at": now + LIFE}
        changed = connection.execute(_HELD, _key(Lease(pair, flow, row.fence, holder)) | state)
    if changed.rowcount != 1:
        raise RetryLater(f"{flow} was just taken by another run")
    return Lease(pair, flow, row.fence + 1, holder)


def renew(connection: Connection, lease_held: Lease, now: datetime) -> None:
    """Renews the lease inside a transaction that writes under it. Raises `RetryLater` when another run has it now."""
    changed = connection.execute(_HELD, _key(lease_held) | {"expires_at": now + LIFE})
    if changed.rowcount != 1:
        raise RetryLater(f"another run has taken over {lease_held.flow}; what this one wrote is settled there")


@contextmanager
def held(engine: Engine, key: tuple[str, str], holder: str, clock: Callable[[], datetime]) -> Iterator[Lease]:
    """The lease of a pair and flow for the length of a block. Raises `RetryLater` while another run holds it."""
    pair, flow = key
    taken = take(engine, pair, flow, holder, clock())
    try:
        yield taken
    finally:
        give_back(engine, taken, clock())


def give_back(engine: Engine, lease_held: Lease, now: datetime) -> None:
    """Ends the lease early, if it is still lease_held."""
    with writing(engine) as connection:
        connection.execute(_HELD, _key(lease_held) | {"expires_at": now})


def _first(engine: Engine, wanted: Lease, now: datetime) -> Lease:
    try:
        with writing(engine) as connection:
            connection.execute(sa.insert(lease).values(vars(wanted) | {"expires_at": now + LIFE}))
    except IntegrityError:
        raise RetryLater(f"{wanted.flow} was just taken by another run") from None
    return wanted


def _key(one: Lease) -> dict[str, Any]:
    return {"of_pair": one.pair, "of_flow": one.flow, "of_fence": one.fence}
