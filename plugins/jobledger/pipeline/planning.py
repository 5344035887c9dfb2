"""From a decision to the plan of a record."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from jobledger.mapping.document import fingerprint
from jobledger.pipeline.lines import still_ours, with_own_lines
from jobledger.pipeline.plan import Case, Decision, Planned


def in_step(case: Case, reason: str = "", adopt: bool = False) -> Planned:
    """Nothing to write; with `adopt`, what both sides hold now is what later changes are measured against."""
    link = case.link
    plan = planned(case, "unchanged", target_id=link.target_id if link else None, reason=reason)
    plan.adopt = adopt and link is not None and plan.fingerprint != link.fingerprint
    return plan


def linking(case: Case, target_id: str | None, evidence: str, made_by: str) -> Planned:
    """A new link with a record that is there already, and by what it was recognised."""
    name = next((one.name for one in case.candidates if one.target_id == target_id), target_id)
    change = {"field": "link", "before": None, "after": name}
    return planned(case, "link", target_id=target_id, changes=[change], made_by=made_by, reason=evidence)


def held(case: Case, decision: Decision, reason: str, remedy: str) -> Planned:
    """Nothing is written now: why, and what a person does about it."""
    target_id = case.link.target_id if case.link else None
    return planned(case, decision, target_id=target_id, reason=reason, remedy=remedy)


def planned(case: Case, decision: Decision, **more: Any) -> Planned:
    """The plan of a record as its case stands; `more` names what differs."""
    stated: dict[str, Any] = {
        "fields": case.mapped.fields,
        "fingerprint": fingerprint(case.mapped.fields, case.mapped.lines),
        "amount": None if decision == "remove" or case.gone else _amount(case),
        "worth": case.held_worth if decision in ("unchanged", "link") else case.worth,
    }
    plan = Planned(
        source_id=case.card.id,
        name=case.card.name,
        number=case.card.number,
        decision=decision,
        revision=case.revision,
        lines=case.mapped.lines,
        line_keys=case.mapped.line_keys,
        **{**stated, **more},
    )
    if case.target:
        plan.seen, plan.target_version = _seen(case, case.target.content), case.target.state
        plan.saw = bool(case.link and case.link.sent is not None and case.link.target_version != case.target.state)
        own = still_ours(case.link.seen, case.target.content) if case.link else []
        plan.own_lines = [{"id": line["id"], "key": line["key"]} for line in own]
    if not plan.reason and case.mapped.notes and decision != "unchanged":
        plan.reason = "; ".join(case.mapped.notes)
    return plan


def _amount(case: Case) -> Any:
    """What the source amounts to: as it says, or as its document's lines do where it knows no money, as time does."""
    stated = case.card.evidence.get("amount")
    if stated is not None or not case.flow.is_within or case.mapped.missing:
        return stated
    return sum((Decimal(str(line["amount"])) for line in case.mapped.lines), Decimal(0))


def _seen(case: Case, content: dict[str, Any]) -> dict[str, Any]:
    """The target with the lines that are ours; of one that was there before we knew it, with all that it has."""
    if case.link is None or case.link.seen is None:
        return content
    return with_own_lines(content, still_ours(case.link.seen, content))
