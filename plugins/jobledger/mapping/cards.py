"""Converters for card purchases: what the options of a purchase's tags mean in Procore."""

from __future__ import annotations

from typing import Any

from jobledger.mapping.context import Context, NotYet
from jobledger.mapping.converters import converter, decimal, linked_record, names, refuse
from jobledger.mapping.paperwork import linked
from jobledger.mapping.path import read


@converter("a kind of link")
def tagged(option: Any, kind: str, context: Context) -> str:
    """The record for which an option of a tag stands; of one that stands for none the purchase is `blocked`.

    >>> tagged("7", "projects", Context(links=lambda kind, id: Linked("p-1", {})))
    'p-1'
    """
    return str(_meant(option, f"{kind}.id", context))


def _meant(option: Any, fact: str, context: Context) -> Any:
    """What is known of the record for which an option stands."""
    try:
        return linked(option, fact, context)
    except NotYet:
        what = fact.partition(".")[0].replace("_", " ")
        remedy = "Choose another option in PEX, or link this one."
        raise NotYet(f"refers to {what} '{option}', an option that stands for nothing in Procore", remedy) from None


@converter("the kinds of link of cost codes and of cost types", names)
def tagged_code(line: Any, kinds: tuple[str, str], context: Context) -> str:
    """The budget code of a line of a purchase: that of its cost code's and its cost type's options (PEX-20, PEX-21).

    A line without a cost type gets the default one of its code, one without a known code goes to the fallback code with
    a note; without these the record is `blocked`.

    >>> known = {"7": Linked("c-1", {"number": "03-300"}), "2": Linked("t-1", {"number": "M"})}
    >>> tagged_code({"code": "7", "cost_type": "2"}, ("codes", "types"), Context(links=lambda kind, id: known[id]))
    '03-300.M'
    """
    codes, types = kinds
    try:
        code = _code(line, codes, context)
    except NotYet:
        found = read(context.settings, "fallbacks.procore_bill_code")
        if not found:
            raise
        context.notes.append(f"{_called(line)} is on no cost code that is known and goes to {found}.")
        return str(found)
    return f"{code}.{_cost_type(line, code, types, context)}"


def _code(line: Any, kind: str, context: Context) -> str:
    option = read(line, "code")
    if not option:
        remedy = "Choose one in PEX, or set fallbacks.procore_bill_code."
        raise NotYet(f"{_called(line)} has no cost code", remedy)
    return str(_meant(option, f"{kind}.number", context))


def _cost_type(line: Any, code: str, kind: str, context: Context) -> str:
    option = read(line, "cost_type")
    if option:
        return str(_meant(option, f"{kind}.number", context))
    settings = context.settings.get("cost_codes", {})
    found = settings.get("default_cost_types", {}).get(code) or settings.get("default_cost_type")
    if not found:
        raise NotYet(f"{_called(line)} has no cost type", "Choose one in PEX, or set cost_codes.default_cost_type.")
    return str(found)


def _called(line: Any) -> str:
    return f"the {decimal(read(line, 'amount') or 0):,.2f} at {read(line, 'description') or 'a merchant'}"


@converter("a kind of link", takes_nothing=True)
def links(ids: Any, kind: str, context: Context) -> list[str]:
    """The ids of what the records of a list are linked with, sorted; unlinked ones are left out with a note.

    Where none is linked the record is `blocked`.

    >>> links([2, 1], "codes", Context(links=lambda kind, id: Linked(f"c-{id}", {})))
    ['c-1', 'c-2']
    """
    if ids is not None and not isinstance(ids, (list, tuple)):
        raise refuse(ids, "a list of ids")
    found = [linked for one in ids or () if (linked := _linked(one, kind, context))]
    what = kind.replace("_", " ")
    if not found:
        raise NotYet(f"none of its {what} is linked yet", f"Give it {what}, and link or export them first.")
    if left := len(ids or ()) - len(found):
        context.notes.append(f"{left} of its {what} are not linked and left out.")
    return sorted(found)


def _linked(key: Any, kind: str, context: Context) -> str | None:
    try:
        return linked_record(key, kind, context).id
    except NotYet:
        return None
