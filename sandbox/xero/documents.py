"""What purchase orders, invoices, credit notes and bank transactions have in common."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sandbox.world import Record
from sandbox.xero import contacts, lines
from sandbox.xero.books import Books, How, lock_problem
from sandbox.xero.errors import RefusedError
from sandbox.xero.wire import inward_date, inward_number, inward_text, rounded

Moves = Mapping[str | None, frozenset[str]]


@dataclass(frozen=True)
class Kind:
    """One kind of document. `moves` says which statuses may follow which (None: a new document).

    `posts`: it reaches the ledger, so that lock dates hold for it.
    """

    entity: str
    moves: Moves
    wrong_move: str
    drafts: frozenset[str]
    texts: Mapping[str, int]
    dates: tuple[str, ...] = ()
    posts: bool = True
    creates_contact: bool = True


def drafted(books: Books, kind: Kind, sent: Record, before: Record | None, how: How) -> Record:
    """A document as it would be: header, lines and totals. What only one kind has is for the caller to add."""
    record: Record = {**(before or _new(books, how))}
    record["Status"] = moved(kind, sent, before, how)
    record |= {name: inward_text(sent, name, longest) for name, longest in kind.texts.items() if name in sent}
    if "Contact" in sent or before is None:
        contact = contacts.for_document(books, sent.get("Contact"), how, kind.creates_contact)
        record["Contact"] = {"ContactID": contact["ContactID"], "Name": contact["Name"]}
    record |= {name: inward_date(sent, name) for name in kind.dates if name in sent}
    record["Date"] = inward_date(sent, "Date") or record.get("Date") or books.today()
    _check_lock(books, kind, record, before, how)
    record |= _currency(books, sent, record)
    return record


def with_lines(books: Books, kind: Kind, record: Record, sent: Record, rules: lines.Rules) -> Record:
    """The document with the lines that were sent, or with those that it had, and their totals."""
    had = record.get("LineItems", [])
    kept = lines.built(books, sent["LineItems"], had, rules) if "LineItems" in sent else had
    if not kept:
        raise RefusedError("One or more line items must be specified")
    if rules.complete:
        lines.check_complete(kept)
    return {**record, "LineAmountTypes": rules.mode, "LineItems": kept, **lines.totals(kept, rules.mode)}


def moved(kind: Kind, sent: Record, before: Record | None, how: How) -> str:
    """The status that a document gets. Raises `RefusedError` where it may not follow the one it has."""
    was = before["Status"] if before else None
    status = str(sent.get("Status") or was or _first(kind))
    allowed = kind.moves.get(was, frozenset())
    if how.person and before is None:
        # A person's document may be put as it stands today.
        allowed = frozenset(status for status in kind.moves if status)
    if status not in allowed:
        raise RefusedError(kind.wrong_move)
    return status


def is_complete(kind: Kind, status: str) -> bool:
    """Whether a document in that status must have complete lines."""
    return status not in kind.drafts and status not in {"DELETED", "VOIDED"}


def outward(books: Books, record: Record, detailed: bool) -> Record:
    """A document as it is sent. A list that is not paged leaves the lines out."""
    shown = [lines.outward(books, line) for line in record["LineItems"]] if detailed else []
    return {**record, "Contact": contacts.brief(books, record["Contact"]), "LineItems": shown}


def number_taken(books: Books, kind: Kind, record: Record, name: str, free: frozenset[str]) -> Record | None:
    """Another document of the kind with the same number, unless its status frees the number."""
    key_name = f"{name.removesuffix('Number')}ID"
    for other in books.find(kind.entity, "number", record.get(name)):
        same_type = other.get("Type") == record.get("Type")
        if same_type and other["Status"] not in free and other[key_name] != record.get(key_name):
            return other
    return None


def checked_url(record: Record) -> None:
    """Refuses a `Url` that is no address."""
    url = record.get("Url")
    if url and not str(url).startswith(("http://", "https://")):
        raise RefusedError("Url must be a valid absolute URL")


def _first(kind: Kind) -> str:
    return "DRAFT" if kind.drafts else "AUTHORISED"


def _new(books: Books, how: How) -> Record:
    return {"_app": None if how.person else how.app, "HasAttachments": False, "LineItems": []}


def _check_lock(books: Books, kind: Kind, record: Record, before: Record | None, how: How) -> None:
    dates: list[Any] = [record["Date"], (before or {}).get("Date")]
    problem = lock_problem(books, dates, how) if kind.posts else None
    if problem:
        raise RefusedError(problem)


def _currency(books: Books, sent: Record, record: Record) -> Record:
    code = sent.get("CurrencyCode") or record.get("CurrencyCode") or books.organisation()["BaseCurrency"]
    if books.get("currencies", code) is None:
        raise RefusedError(f"Organisation is not subscribed to currency {code}")
    rate = inward_number(sent, "CurrencyRate") or record.get("CurrencyRate") or 1
    return {"CurrencyCode": code, "CurrencyRate": rounded(rate, 6)}
