"""The requests of one batch, when a record takes several.

`System.write` may raise only while nothing was accepted. So once something was, a write that is put off is `unknown`,
and one that a project's settings forbid is refused by itself.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from jobledger.errors import FixTheSetup, OutcomeUnknown, RetryLater
from jobledger.systems.base import Card, Record, Write, WriteResult
from jobledger.systems.client import Answer, Call
from jobledger.systems.procore.api import Api
from jobledger.systems.procore.refusals import ClosedError, not_allowed
from jobledger.systems.procore.writes import Kind, patiently, refused, sync
from jobledger.systems.results import unknown

Results = list[WriteResult]


@dataclass
class Sending:
    """Sends the requests of one batch, and remembers whether anything was accepted."""

    api: Api
    accepted: bool = False

    def guarded(self, writes: Sequence[Write], work: Callable[[], Results]) -> Results:
        """Does the work of some writes: refused where the project's tool is off, `unknown` where they are put off.

        Raises `RetryLater` and `FixTheSetup` if nothing of the batch was accepted yet.
        """
        try:
            return work()
        except ClosedError as error:
            return [closed(one, error) for one in writes]
        except OutcomeUnknown as error:
            self.accepted = True
            return [unknown(one, str(error)) for one in writes]
        except (RetryLater, FixTheSetup) as error:
            if not self.accepted:
                raise
            until = error.at if isinstance(error, RetryLater) else None
            return [unknown(one, str(error), until) for one in writes]

    def sync(self, kind: Kind, writes: Sequence[Write]) -> Results:
        """Sends a sync action; a result for each write, in their order."""
        results = self.guarded(writes, lambda: sync(self.api, kind, writes))
        self.accepted = self.accepted or any(one.status != "refused" for one in results)
        return results

    def one(self, call: Call, write: Write, card: Callable[[Record], Card]) -> WriteResult:
        """Sends a call about one record; its result is `done` with the record as answered."""
        [result] = self.guarded([write], lambda: [self._one(call, write, card)])
        self.accepted = self.accepted or result.status != "refused"
        return result

    def _one(self, call: Call, write: Write, card: Callable[[Record], Card]) -> WriteResult:
        answer = patiently(self.api, call)
        if call.method == "DELETE" and (answer.ok or answer.status == 404):
            return WriteResult(write.key, "done", target_id=write.target_id)
        if answer.status == 403:
            raise not_allowed(answer, call.path, self.api.client.where) or AssertionError("a refusal that is none")
        if not answer.ok or not isinstance(answer.body, dict):
            return refused(write, answer.body)
        kept = card(answer.body)
        return WriteResult(write.key, "done", target_id=kept.id, version=kept.version, record=answer.body)


def closed(write: Write, error: ClosedError) -> WriteResult:
    """The refusal of a write to a project that does not let the app do it."""
    remedy = f"{error.remedy} Or switch the tool on in this project."
    return WriteResult(write.key, "refused", "blocked", write.target_id, message=error.found, remedy=remedy)


def about(result: WriteResult, write: Write, target_id: str | None) -> WriteResult:
    """A step's result as the result of the whole write."""
    return replace(result, key=write.key, target_id=result.target_id or target_id)


def shown(answer: Answer) -> Record | None:
    """The record of an answer, or None where Procore has it no more."""
    return answer.body if answer.ok and isinstance(answer.body, dict) else None
