"""What the bookkeepers of all systems share: what is paid when, and how it reaches the sandbox."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

import requests

from demo.ports import HOST

Record = dict[str, Any]

PAID_IF_DUE_FROM = "2026-10-01"
"""What fell due before was paid before there was Jobledger; such payments were typed in Procore."""
PAYMENT_DAY = "2026-11-20"
"""The day on which the sandbox's story is told: what has fallen due by then is paid."""
IN_HALVES = Decimal("150000")
"""Of a bill over this amount or more the first half is paid."""
CHECKING = "090"


def falls_due(day: str) -> bool:
    """Whether what is due on a day is paid on the evening."""
    return PAID_IF_DUE_FROM <= day <= PAYMENT_DAY


def paid_of(due: Decimal) -> Decimal:
    """How much of a bill is paid."""
    return due if due < IN_HALVES else (due / 2).quantize(Decimal("0.01"), ROUND_HALF_UP)


@dataclass(frozen=True)
class Books:
    """The records of one system in the sandbox, as a person sees and changes them."""

    session: requests.Session
    url: str

    def read(self, entity: str) -> list[Record]:
        """All records of an entity."""
        answer = self.session.get(f"{self.url}/{entity}", timeout=60)
        answer.raise_for_status()
        return list(answer.json(parse_float=Decimal))

    def put(self, entity: str, records: list[Record]) -> None:
        """Puts or changes records, all or none."""
        if records:
            self.session.post(f"{self.url}/{entity}", json=records, timeout=60).raise_for_status()


@contextmanager
def books(sandbox_port: int, system: str) -> Iterator[Books]:
    """The books in the sandbox on a port."""
    with requests.Session() as session:
        session.trust_env = False
        yield Books(session, f"http://{HOST}:{sandbox_port}/_sandbox/records/{system}")
