"""The calls that all of PEX's lists share: errors, the two limited lists, and what the business has switched on."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from typing import Any
from uuid import uuid4

from jobledger.errors import FixTheSetup
from jobledger.systems.base import Record
from jobledger.systems.budget import RateBudget
from jobledger.systems.client import Answer, Call, Client
from jobledger.systems.pex.refusals import TITLE, not_usable, words


@dataclass
class Api:
    """The External API (version 4) of one business. Two lists have budgets of their own besides that of all calls."""

    client: Client
    business_id: str
    purchases: RateBudget | None = field(default=None, repr=False)
    cardholders: RateBudget | None = field(default=None, repr=False)

    def get(self, path: str, params: dict[str, Any] | None = None, budget: RateBudget | None = None) -> Answer:
        """Reads. Raises `RetryLater`, and `FixTheSetup` for what no record is to blame for."""
        answer = self.ask(path, params, budget)
        if not answer.ok:
            raise FixTheSetup(f"PEX {path}", f"answered {answer.status}: {words(answer.body)}.", "Report this.")
        return answer

    def ask(self, path: str, params: dict[str, Any] | None = None, budget: RateBudget | None = None) -> Answer:
        """Reads what may not be there. Raises `RetryLater`, `FixTheSetup` for the token or a permission."""
        if budget:
            budget.before()
        return self._judged(Call("GET", f"v4/{path}", params or {}, headers=_traced()), budget)

    def send(self, method: str, path: str, document: Any) -> Answer:
        """Writes, once. Raises as `ask` does, and `OutcomeUnknown` for an answer that was lost."""
        return self._judged(Call(method, f"v4/{path}", headers=_traced(), document=document), None)

    def now(self) -> datetime:
        """The moment."""
        return self.client.clock()

    @cached_property
    def token(self) -> Record:
        """Whose token it is, for which business, and how long it is good."""
        return dict(self.get("Token/Current").body)

    @cached_property
    def settings(self) -> Record:
        """What the business has switched on."""
        return dict(self.get("Business/Settings").body)

    def check_business(self) -> None:
        """Raises `FixTheSetup` where the token is another business's, or a cardholder's, who sees one card only."""
        where, found = self.client.where, str(self.token.get("BusinessAccountId"))
        if self.business_id and found != self.business_id:
            name = self.token.get("BusinessAccountName")
            raise FixTheSetup(
                where,
                f"holds a token of the business {found} ({name}), and the integration names {self.business_id}.",
                "Correct accounting.tenant_id, or put a token of that business into the connection.",
            )
        if str(self.token.get("UserType", "")).casefold() == "cardholder":
            raise FixTheSetup(
                where, "holds a cardholder's token, which shows one card only.", "Use an administrator's."
            )

    def _judged(self, call: Call, budget: RateBudget | None) -> Answer:
        answer = self.client.send(call)
        if budget:
            budget.after(answer.status, answer.headers)
        if meant := not_usable(answer, self.client.where):
            raise meant
        return answer


def _traced() -> dict[str, str]:
    """A name for the request, by which PEX's support finds it in its logs (PEX: X-CORRELATION-ID)."""
    return {"X-CORRELATION-ID": str(uuid4())}


def many(answer: Answer, what: str, name: str | None = None) -> list[Record]:
    """The rows of an answer: itself a list, or one under a name. Raises `FixTheSetup` for anything else."""
    found = answer.body.get(name) if name and isinstance(answer.body, dict) else answer.body
    if not isinstance(found, list):
        raise FixTheSetup(f"{TITLE} {what}", "answered something that is not a list.", "Report this.")
    return found
