"""QuickBooks' lists of names (vendors, customers, items, classes, …): read, looked up by name, and written by batch.

Vendors, customers and employees share one space of names, without regard to case, and names out of use count too.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from jobledger.systems.base import Page, Record, Window, Write, WriteResult
from jobledger.systems.compare import lost_fields, plain, same_key
from jobledger.systems.quickbooks_online.api import Api, Query, quoted
from jobledger.systems.quickbooks_online.reads import Lists
from jobledger.systems.quickbooks_online.refusals import TITLE, Fault
from jobledger.systems.quickbooks_online.writes import Echo, Item, create, refused, send, update
from jobledger.systems.results import conflict

SHARED = (
    Query("Vendor", inactive=True),
    Query("Customer", inactive=True),
    Query("Employee", inactive=True),
)
"""The lists that share one space of names."""


_TOLD = re.compile(r"\bId=(\d+)")
"""How a refusal names the record that has the name."""


@dataclass(frozen=True)
class Names:
    """One list of names. `unique` is the field that no two records share, `always` goes with each new record.

    `makes` is the entity of which a new record is one that names no `Kind`; none are made of a list without it.
    `shared` are the lists in which a refused name is looked for.
    """

    api: Api
    lists: Lists
    echo: Echo
    label: str
    unique: str
    makes: str = ""
    always: Mapping[str, Any] = field(default_factory=dict)
    shared: tuple[Query, ...] = ()

    def read(self, window: Window) -> Iterator[Page]:
        """All records, those out of use too, or those changed since."""
        return self.lists.read(window)

    def fetch(self, ids: Sequence[str]) -> list[Record]:
        """Records by id."""
        return self.lists.fetch([self._place(one) for one in ids if one])

    def find(self, mark: str | None, natural_key: Mapping[str, Any]) -> list[Record]:
        """Records with the natural key; none of them has room for a mark."""
        name = str(natural_key.get(self.unique) or "")
        narrowed = [query.where(f"{self.unique} = {quoted(name)}") for query in self.lists.queries]
        rows = [row for query in narrowed for row in self.lists.rows(query)] if name else []
        return [row for row in rows if same_key(row, natural_key)]

    def write(self, sent: Sequence[Write], key: str) -> list[WriteResult]:
        """Creates, changes or retires up to thirty records; a change is made to what is there now."""
        known = {row["id"]: row for row in self.fetch([one.target_id or "" for one in sent if one.action != "create"])}
        prepared = [self._prepared(one, known.get(one.target_id or "")) for one in sent]
        results = {one.key: one for one in prepared if isinstance(one, WriteResult)}
        items = [one for one in prepared if isinstance(one, Item)]
        results |= {one.key: one for one in send(self.api, items, key, self.echo)}
        taken = [one for one in items if one.operation == "create" and _is_taken(results[one.write.key])]
        results |= {one.write.key: self._settled(one, results[one.write.key]) for one in taken}
        return [results[one.key] for one in sent]

    def _prepared(self, one: Write, base: Record | None) -> Item | WriteResult:
        if one.action == "create" and self.makes:
            fields = {**self.always, **one.document}
            return create(one, fields.pop("Kind", None) or self.makes, fields)
        if one.action in {"create", "mark"}:
            return refused(one, [Fault("", f"A {self.label} is not made by Jobledger.")])
        if base is None:
            return conflict(one, f"The {self.label} is no longer in {TITLE}.", "Take the link away, or link another.")
        entity, _ = self._place(one.target_id or "")
        fields = {"Active": False} if one.action == "remove" else one.document
        return update(one, entity, base, fields)

    def _settled(self, item: Item, result: WriteResult) -> WriteResult:
        """A refused name: what has it is ours, if it holds all that was sent (an answer was lost), else in the way."""
        name, queries = str(item.expects.get(self.unique) or ""), self.shared or self.lists.queries
        told = _TOLD.search(result.message)
        which = f"Id = {quoted(told[1])}" if told else f"{self.unique} = {quoted(name)}"
        found = self.api.together([query.where(which) for query in queries])
        for query, records in zip(queries, found, strict=True):
            for record in (one for one in records if plain(one.get(self.unique)) == plain(name)):
                shaped = self.echo.shape(query.entity, record)
                if query.entity == item.entity and _holds(shaped, item.expects):
                    card = self.echo.card(shaped)
                    return WriteResult(result.key, "done", target_id=card.id, version=card.version, record=shaped)
                return self._in_the_way(result, name, query.entity, str(record["Id"]))
        return result

    def _in_the_way(self, result: WriteResult, name: str, entity: str, own_id: str) -> WriteResult:
        message = f"{TITLE} has the {entity.lower()} '{name}' ({own_id}) already"
        message += ", and vendors, customers and employees share their names." if self.shared else "."
        mine = entity in {query.entity for query in self.lists.queries}
        way_out = f"Link it with {self.lists.name(entity, own_id)}, or rename" if mine else "Rename"
        return replace(result, message=message, remedy=f"{way_out} one of the two.")

    def _place(self, record_id: str) -> tuple[str, str]:
        """Entity and QuickBooks' own id of a record of ours: `vendor-41`, or `41` in a list of one entity."""
        entity, dash, own = record_id.partition("-")
        return (entity.capitalize(), own) if dash else (self.lists.queries[0].entity, record_id)


def named(entity: str, record_id: str) -> str:
    """The id of a record in a list of several entities.

    >>> named("Vendor", "41")
    'vendor-41'
    """
    return f"{entity.lower()}-{record_id}"


def _is_taken(result: WriteResult) -> bool:
    """Whether a new record was refused because of something that is there."""
    return result.status == "refused" and result.outcome == "conflict"


def _holds(record: Record, sent: Mapping[str, Any]) -> bool:
    """Whether a record has every value that was sent."""
    return not lost_fields(sent, record) and all(
        plain(record.get(name)) == plain(value) for name, value in sent.items() if not isinstance(value, Mapping)
    )
