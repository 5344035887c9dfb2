"""The evening with PEX: a project chosen late, purchases reviewed, a receipt that arrives, one project changed."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from demo.bookkeepers.evening import Record, books

PROJECTS, COST_CODES = "Projects", "Cost codes"
REVIEWED_WITHIN = timedelta(days=50)
"""Of what nobody has reviewed only so much is approved, back from the newest purchase: runs look back 60 days."""
MOVED = "This was for the other job."
"""The cardholder's note on the purchase that changes its project."""


@dataclass(frozen=True)
class Evening:
    """What is to be done: changes of purchases by what they mend, and of receipts."""

    completed: list[Record] = field(default_factory=list)
    reviewed: list[Record] = field(default_factory=list)
    moved: list[Record] = field(default_factory=list)
    receipts: list[Record] = field(default_factory=list)

    def __bool__(self) -> bool:
        return bool(self.completed or self.reviewed or self.moved or self.receipts)

    def told(self) -> str:
        """The evening in one sentence."""
        return (
            f"The bookkeeper sees to the cards in PEX: {len(self.completed)} purchase completed,"
            f" {len(self.reviewed)} approved, {len(self.moved)} moved to another project,"
            f" {len(self.receipts)} receipt arrived."
        )


def evening(purchases: Iterable[Record], receipts: Iterable[Record]) -> Evening:
    """What cardholders and reviewers do about these purchases and receipts."""
    coded = sorted(filter(_is_coded, purchases), key=lambda one: int(one["TransactionId"]))
    approved = [one for one in coded if one["MetadataApprovalStatus"] == "Approved"]
    placed = [one for one in approved if PROJECTS in _chosen(one)]
    # what is not a number is no project of Procore's: a value that no option has is planted in the data
    jobs = sorted({_chosen(one)[PROJECTS] for one in placed if _chosen(one)[PROJECTS].isdigit()})
    newest = max((_day(one) for one in coded), default=date.min)
    waiting = [one for one in coded if one["MetadataApprovalStatus"] == "NotReviewed"]
    shown = {one["TransactionId"] for one in receipts if one["UploadStatus"] == "Loaded"}
    return Evening(
        completed=[_on(one, jobs[0]) for one in approved if PROJECTS not in _chosen(one)] if jobs else [],
        reviewed=[_approval(one) for one in waiting if newest - _day(one) <= REVIEWED_WITHIN],
        moved=_moved([one for one in placed if one["TransactionId"] in shown], jobs),
        receipts=[_loaded(one) for one in receipts if one["UploadStatus"] == "NotLoaded"],
    )


def work(sandbox_port: int) -> str:
    """Does in the sandbox what is to be done, and tells what that was; empty where that was nothing."""
    with books(sandbox_port, "pex") as pex:
        found = evening(pex.read("transactions"), pex.read("attachments"))
        pex.put("attachments", found.receipts)
        # the note that says that a purchase was moved goes last: by it the evening knows that it is over
        pex.put("transactions", [*found.completed, *found.reviewed, *found.moved])
    return found.told() if found else ""


def _is_coded(purchase: Record) -> bool:
    """Whether it is settled, and has a cost code of its own: a split one has none."""
    return bool(purchase["SettlementTime"]) and COST_CODES in _chosen(purchase)


def _chosen(purchase: Record) -> dict[str, str]:
    """The values of a purchase by their tags' names."""
    return {one["Name"]: one["Value"] for one in purchase["TransactionTags"]["Tags"] if isinstance(one["Value"], str)}


def _day(purchase: Record) -> date:
    return datetime.fromisoformat(purchase["TransactionTime"]).date()


def _moved(purchases: list[Record], jobs: list[str]) -> list[Record]:
    """The newest purchase with a receipt goes to another job, once."""
    if not purchases or len(jobs) < 2 or any(MOVED in _notes(one) for one in purchases):
        return []
    last = purchases[-1]
    other = next(job for job in jobs if job != _chosen(last)[PROJECTS])
    return [{**_on(last, other), "Notes": [MOVED]}]


def _notes(purchase: Record) -> list[str]:
    return [one["NoteText"] for one in purchase["TransactionNotes"]]


def _on(purchase: Record, job: str) -> Record:
    return {"TransactionId": purchase["TransactionId"], "Tags": {**_chosen(purchase), PROJECTS: job}}


def _approval(purchase: Record) -> Record:
    return {"TransactionId": purchase["TransactionId"], "MetadataApprovalStatus": "Approved"}


def _loaded(receipt: Record) -> Record:
    return {"AttachmentId": receipt["AttachmentId"], "UploadStatus": "Loaded"}
