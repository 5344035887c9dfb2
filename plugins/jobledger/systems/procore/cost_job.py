"""One write of a direct cost on its way: the direct cost as it is by now, what is to be sent, and how it ended."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from decimal import Decimal

from jobledger.systems.base import Record, Write, WriteResult
from jobledger.systems.procore.cost_rows import Changes, header
from jobledger.systems.procore.locks import WAS_LOCKED, closing
from jobledger.systems.procore.values import dec, same, total


@dataclass
class Job:
    """A write, and where it has got to; `said` is told in the end."""

    write: Write
    present: Record | None = None
    result: WriteResult | None = None
    changes: Changes = field(default_factory=lambda: Changes({}, {}, ()))
    said: list[str] = field(default_factory=list)

    @property
    def there(self) -> Record:
        """The direct cost, which is known to be there."""
        assert self.present is not None
        return self.present

    @property
    def id(self) -> str | None:
        """The direct cost's id, once it has one."""
        return str(self.present["id"]) if self.present else self.write.target_id

    @property
    def is_open(self) -> bool:
        """Whether a step of ours, now or in an earlier run, has taken our origin_id away."""
        return bool(self.present and self.present[WAS_LOCKED])

    @property
    def is_changed(self) -> bool:
        """Whether the document differs from the direct cost in what a lock forbids."""
        status = self.write.document.get("status")
        return bool(self.changes) or (bool(status) and status != self.there.get("status"))

    @property
    def creates(self) -> bool:
        """Whether this write makes the direct cost, or finishes it."""
        return self.write.action == "create"

    @property
    def is_refused(self) -> bool:
        """Whether it ended with a refusal."""
        return self.result is not None and self.result.status == "refused"

    @property
    def lines(self) -> list[Record]:
        """The lines that the document wants."""
        return self.write.document.get("line_items") or []

    @property
    def vendor_id(self) -> str:
        """The id of the vendor, or empty."""
        return str(self.write.document.get("vendor_id") or (self.present or {}).get("vendor_id") or "")

    def took(self, row: Record) -> None:
        """Keeps a header as Procore answered it."""
        kept = self.present or {"project_id": self.write.document.get("project_id"), "line_items": []}
        self.present = {**kept, **header(row)}

    def took_line(self, line: Record) -> None:
        """Keeps a line as Procore answered it."""
        others = [one for one in self.there["line_items"] if one["id"] != line["id"]]
        self.there["line_items"] = [*others, line]

    def lost_line(self, line_id: str) -> None:
        """A line is gone."""
        self.there["line_items"] = [one for one in self.there["line_items"] if str(one["id"]) != line_id]

    def end(self, result: WriteResult) -> None:
        """The write ends here."""
        self.result = replace(result, key=self.write.key, target_id=self.id)

    def header_step(self, fields: Record) -> Write:
        """A request about the header: the first one makes it, with our mark."""
        if self.present is None:
            return Write(self.write.key, "create", fields, mark=self.write.mark)
        return Write(self.write.key, "update", fields, self.id)

    def line_step(self, place: int) -> Write:
        """A request about a line; a new one is recognised in the answer by what its origin_data says."""
        row, key = self.changes.lines[place], f"{self.write.key}/{place}"
        if row.get("id"):
            return Write(key, "update", {name: value for name, value in row.items() if name != "id"}, str(row["id"]))
        return Write(key, "create", row, mark=f"{self.write.mark or self.write.key}/{place}")

    def last_fields(self) -> Record:
        """Status and origin_id where they are not so yet; after a change always: then the last answer shows it all."""
        document = self.write.document
        status = document.get("status") or self.there["status"]
        origin_id = document.get("origin_id") or self.there["origin_id"] or self.there[WAS_LOCKED]
        locked = closing(self.there, origin_id) if origin_id else {}
        wanted = {"status": status, **locked}
        moves = self.changes or self.is_open or not all(same(self.there[name], value) for name, value in wanted.items())
        return wanted if moves else {}

    def lock_again(self) -> Record:
        """The origin_id as it was, where a change was refused."""
        return closing(self.there, self.there[WAS_LOCKED])

    def amounts(self) -> tuple[Decimal, Decimal | None]:
        """What a locked direct cost amounts to, and what it should; nothing where it should go."""
        there: Decimal = self.there["amount"]
        if self.write.action == "remove":
            return there, None
        return there, total(dec(one.get("amount")) for one in self.lines) if self.lines else there

    def outcome(self) -> WriteResult:
        """Done, unless the amount is not that of the lines; a status that did not move is told (ACC-29)."""
        there, wanted = self.there, self.write.document.get("status")
        lines = total(one["amount"] for one in there["line_items"])
        said = list(self.said)
        if wanted and there.get("status") != wanted:
            said.append(f"Procore leaves the status at '{there.get('status')}': a workflow of the project decides it.")
        done = WriteResult(
            self.write.key, "done", version=there.get("updated_at"), record=there, message=" ".join(said)
        )
        if there["amount"] == lines:
            return done
        message = f"Procore shows {there['amount']:,.2f} for lines over {lines:,.2f}."
        return replace(done, status="refused", outcome="conflict", message=message, remedy="Look at it in Procore.")


def going(jobs: Iterable[Job]) -> list[Job]:
    """Those that have not ended."""
    return [job for job in jobs if job.result is None]
