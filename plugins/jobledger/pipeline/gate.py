"""The gate before a write: validation, approval and plan. What does not pass has an outcome at once."""

from __future__ import annotations

from typing import Any

from jobledger.pipeline.plan import WRITES, Planned, sent_values
from jobledger.pipeline.run import FlowRun
from jobledger.pipeline.wording import shown
from jobledger.store import approvals
from jobledger.store.approvals import Approval
from jobledger.store.engine import reading, writing
from jobledger.store.history import Outcome

Verdicts = dict[tuple[str, str], list[dict[str, Any]]]

WOULD = {
    "create": "Would be created.",
    "update": "Would be updated.",
    "link": "Would be linked:",
    "remove": "Would be removed.",
}


class Gate:
    """Judges the plan of one run."""

    def __init__(self, run: FlowRun, verdicts: Verdicts, stopped: bool, too_many: bool) -> None:
        self._run = run
        self._verdicts = verdicts
        self._stopped = stopped
        self._too_many = too_many

    def judge(self, rows: list[Planned]) -> list[Outcome]:
        """The outcomes of the records for which nothing is written; the others are to be written now."""
        decided = self._decisions(rows)
        found = (self._outcome(planned, decided.get((planned.source_id, planned.part))) for planned in rows)
        return [outcome for outcome in found if outcome is not None]

    def _outcome(self, planned: Planned, last: Approval | None) -> Outcome | None:
        if planned.decision not in WRITES:
            return held(planned, planned.decision, planned.reason, planned.remedy)
        verdicts = self._verdicts.get((planned.source_id, planned.part))
        if verdicts:
            return _invalid(planned, verdicts)
        if self._stopped and planned.decision != "link":
            reason = "Held: more of this flow's records break their expectations than the suite allows."
            return held(planned, "blocked", reason, "Mend the invalid records first, then run the stage again.")
        if (planned.decision == "remove" or planned.gone) and self._too_many:
            reason = "Held: so many records would be removed at once that a person has to look first."
            only = f"{self._run.flow.name}:{planned.source_id}"
            return held(planned, "blocked", reason, f"If it is right, run the stage with --only-records {only}.")
        if not self._run.applies:
            return _would(planned)
        if planned.decision == "link" or not self._run.integration.approvals.needed(self._run.flow.kind):
            return None
        return self._waiting(planned, last)

    def _decisions(self, rows: list[Planned]) -> dict[tuple[str, str], Approval]:
        with reading(self._run.engine) as connection:
            ids = [planned.source_id for planned in rows if planned.decision in WRITES]
            return approvals.latest(connection, self._run.pair, self._run.flow.name, ids)

    def _waiting(self, planned: Planned, last: Approval | None) -> Outcome | None:
        """A record goes out only when exactly this content was accepted; a change needs a new acceptance."""
        same = last is not None and last.fingerprint == planned.fingerprint
        if last and same and last.decision == "accepted":
            return None
        if last and same and last.decision == "rejected":
            remedy = f"Mend it, or send it again: {self._command('resend', planned)}."
            return held(planned, "blocked", f"Rejected by {last.by}: {last.reason or 'no reason given'}.", remedy)
        if last and last.decision == "retrieved":
            reason = f"Taken back by {last.by} before it was accepted."
            return held(planned, "waiting", reason, f"Send it again: {self._command('send', planned)}.")
        if not (last and same and last.decision == "waiting"):
            self._ask(planned, last)
        again = "Changed since it was accepted; waits" if last and last.decision == "accepted" else "Waits"
        return held(planned, "waiting", f"{again} for an acceptance.", f"{self._command('accept', planned)}.")

    def _command(self, verb: str, planned: Planned) -> str:
        words = (verb, self._run.integration.name, self._run.flow.name, planned.source_id)
        return f"`airflow jobledger approvals {' '.join(words)}`"

    def _ask(self, planned: Planned, last: Approval | None) -> None:
        wanted = Approval(
            source_id=planned.source_id,
            part=planned.part,
            decision="waiting",
            by=last.by if last and last.decision == "sent" else "jobledger",
            name=planned.name,
            number=planned.number,
            fingerprint=planned.fingerprint,
            document=sent_values(planned),
        )
        with writing(self._run.engine) as connection:
            approvals.add(connection, self._run.pair, self._run.flow.name, wanted, self._run.clock())


def held(planned: Planned, outcome: str, reason: str, remedy: str) -> Outcome:
    """The outcome of a record for which nothing was written."""
    return Outcome(
        source_id=planned.source_id,
        part=planned.part,
        outcome=outcome,
        name=planned.name,
        number=planned.number,
        target_id=planned.target_id,
        reason=reason,
        remedy=remedy,
        amount=planned.amount,
    )


def _invalid(planned: Planned, verdicts: list[dict[str, Any]]) -> Outcome:
    reason = "; ".join(f"{one['field']}: {one['because']} (found {shown(one['value'])})" for one in verdicts)
    remedy = " ".join(dict.fromkeys(one["remedy"] for one in verdicts))
    return held(planned, "invalid", reason, remedy)


def _would(planned: Planned) -> Outcome:
    reason = " ".join(part for part in (WOULD[planned.decision], planned.reason) if part)
    outcome = held(planned, "planned", reason, "")
    outcome.changes.extend(planned.changes or _filled(planned))
    return outcome


def _filled(planned: Planned) -> list[dict[str, Any]]:
    return [
        {"field": path, "before": None, "after": value} for path, value in planned.fields.items() if value is not None
    ]
