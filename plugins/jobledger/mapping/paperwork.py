"""Converters for documents and their lines: linked facts, quantities and prices, taxes, due dates."""

from __future__ import annotations

import datetime as dt
import re
from calendar import monthrange
from collections.abc import Callable
from decimal import ROUND_HALF_UP, Decimal
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from jobledger.errors import FixTheRecord
from jobledger.mapping import path
from jobledger.mapping.context import Context, NotYet
from jobledger.mapping.converters import converter, date, decimal, linked_record, local_date, names, refuse, simple

_CENT = Decimal("0.01")
_RATE = Decimal("0.000001")
PLACE = re.compile(r"\{([\w.]+)\}")
"""A path in braces: a field of the record that becomes part of a text."""

_NO_TAX = "no_tax"


@converter("a kind of link, a point, and what may be known of the linked record")
def if_known(value: Any, fact: str, context: Context) -> Any:
    """What is known of the linked record, or nothing; without a link the record is `blocked`.

    >>> if_known("i-1", "invoices.invoice_number", Context(links=lambda kind, id: Linked("7", {}))) is None
    True
    """
    kind, _, name = fact.partition(".")
    return linked_record(value, kind, context).facts.get(name) or None


@converter("a kind of link, a point, and what is known of the linked record")
def linked(value: Any, fact: str, context: Context) -> Any:
    """What is known of the linked record: number, name, or a piece of its evidence; missing, the record is `blocked`.

    >>> item = Linked("i-1", {"number": "03-300.S", "purchase_account": "5300"})
    >>> linked("03-300.S", "cost_codes.purchase_account", Context(links=lambda kind, id: item))
    '5300'
    """
    kind, _, name = fact.partition(".")
    known = linked_record(value, kind, context)
    found = known.id if name == "id" else known.facts.get(name)
    if found is None or found == "":
        called = known.facts.get("number") or known.facts.get("name") or value
        label, what = known.facts.get("label") or kind, name.replace("_", " ")
        raise NotYet(f"{label} {called} has no {what}", f"Give {called} its {what} where it is kept, and refresh it.")
    return found


@converter("a kind of link")
def tracking(value: Any, kind: str, context: Context) -> list[dict[str, Any]]:
    """The tracking of a Xero line: the option that is linked with a project, in its category (XER-130).

    >>> option = Linked("o-1", {"category_id": "c-1"})
    >>> tracking(7, "projects", Context(links=lambda kind, id: option))
    [{'TrackingCategoryID': 'c-1', 'TrackingOptionID': 'o-1'}]
    """
    category = linked(value, f"{kind}.category_id", context)
    return [{"TrackingCategoryID": category, "TrackingOptionID": linked(value, f"{kind}.id", context)}]


@converter("what to do, in words", takes_nothing=True)
def required(value: Any, remedy: str, context: Context) -> Any:
    """The value; where there is none the record is `blocked` and the argument says what to do.

    >>> required("RETAINAGE", "Set retainage.item.", Context())
    'RETAINAGE'
    """
    if value is None or value == "":
        raise NotYet("{field} has no value", remedy)
    return value


@converter("what to do, in words")
def account_of(value: Any, remedy: str, context: Context) -> str:
    """The account that the books have for a purpose; without one the record is `blocked` and told why (ACC-18).

    >>> account_of("retainage", "Set retainage.item.", Context(books={"retainage_account": "2150"}))
    '2150'
    """
    found = context.books.get(f"{value}_account")
    if not found:
        raise NotYet(str(context.books.get(f"{value}_problem") or "{field} has no value").rstrip("."), remedy)
    return str(found)


@converter("what to do, in words", takes_nothing=True)
def taxed(value: Any, remedy: str, context: Context) -> str:
    """A tax type: NONE where no tax is written (`tax.mode`), else the value, and `blocked` without one (ACC-26).

    >>> taxed("INPUT", "Set tax.default.", Context(settings={"tax": {"mode": "no_tax"}}))
    'NONE'
    """
    if context.settings.get("tax", {}).get("mode", _NO_TAX) == _NO_TAX:
        return "NONE"
    return str(required(value, remedy, context))


@converter("what to do, in words", takes_nothing=True)
def tax_type(value: Any, remedy: str, context: Context) -> str:
    """The tax type of a line by its tax code (`tax.codes`), else `tax.default`; NONE where no tax is written (ACC-26).

    >>> tax = {"mode": "exclusive", "codes": {"12": "INPUT"}}
    >>> tax_type(12, "Set tax.default.", Context(settings={"tax": tax}))
    'INPUT'
    """
    tax = context.settings.get("tax", {})
    if tax.get("mode", _NO_TAX) == _NO_TAX or value in (None, ""):
        return taxed(tax.get("default"), remedy, context)
    found = tax.get("codes", {}).get(str(value))
    if found is None:
        why = f"tax code {str(value)[:40]} has no tax type in tax.codes"
        raise NotYet(why, f"Add '{str(value)[:40]}: TYPE' to tax.codes in the integration file.")
    return str(found)


@converter("tax modes, with commas between", names)
def in_tax_mode(value: Any, modes: tuple[str, ...], context: Context) -> Any:
    """The value where tax is written in one of these modes (`tax.mode`), else nothing.

    >>> in_tax_mode("100.00", ("no_tax", "exclusive"), Context(settings={"tax": {"mode": "inclusive"}})) is None
    True
    """
    return value if context.settings.get("tax", {}).get("mode", _NO_TAX) in modes else None


@converter()
def allowed_currency(value: Any, _argument: None, context: Context) -> str:
    """A currency code; one that is not the organisation's own makes the record `blocked` unless `currencies: allowed`.

    >>> allowed_currency("USD", None, Context(books={"base_currency": "USD"}))
    'USD'
    """
    own = context.books.get("base_currency")
    if own and value != own and context.settings.get("currencies") != "allowed":
        why = f"its currency is {str(value)[:20]}, and the organisation's is {own}"
        raise NotYet(why, "Set currencies: allowed, or change the document's currency.")
    return str(value)


@converter()
def currency_rate(value: Any, _argument: None, context: Context) -> Decimal | None:
    """How much of a document's currency one unit of the organisation's buys, by the rate that the document has.

    Nothing where the document has none, or one into another currency than the organisation's.

    >>> currency_rate({"into": "USD", "rate": Decimal("1.25")}, None, Context(books={"base_currency": "USD"}))
    Decimal('0.800000')
    """
    if not isinstance(value, dict) or value["into"] != context.books.get("base_currency"):
        return None
    return (1 / Decimal(str(value["rate"]))).quantize(_RATE, ROUND_HALF_UP) or None


@converter("word=word, with commas between", names)
def spelled(value: Any, words: tuple[str, ...], context: Context) -> str:
    """One word for another, as two systems spell one thing; a word without a counterpart is refused.

    >>> spelled("no_tax", ("no_tax=NoTax", "inclusive=Inclusive"), Context())
    'NoTax'
    """
    table = dict(word.split("=", 1) for word in words if "=" in word)
    if str(value) not in table:
        raise refuse(value, f"one of {', '.join(table)}")
    return table[str(value)]


@converter("the path of a setting that names a key")
def pick(value: Any, key: str, context: Context) -> Any:
    """The entry of a table in the record that a setting names.

    >>> pick({"invoice": "RA-7", "purchase_order": "SC-014"}, "purchase_order", Context())
    'SC-014'
    """
    return value.get(str(key)) if isinstance(value, dict) else None


@converter("the path of the setting that says what becomes of amounts below zero")
def as_credit(value: Any, becomes: str, context: Context) -> bool | None:
    """Whether a document is a credit: it comes to less than zero, and the setting says `credit` (ACC-36); else nothing.

    >>> as_credit("-0.01", "credit", Context()), as_credit("-0.01", "invalid", Context())
    (True, None)
    """
    return True if becomes == "credit" and decimal(value) < 0 else None


@converter("the path of a setting that is yes or no")
def unless(value: Any, switch: Any, context: Context) -> Any:
    """The value, or nothing where a setting is switched on.

    >>> unless("xero:cost:1", True, Context()), unless("xero:cost:1", False, Context())
    (None, 'xero:cost:1')
    """
    return None if switch is True else value


@converter("text with {paths} of the record in it")
def headed(value: Any, text: str, context: Context) -> str:
    """Text before the value, with fields of the record in it; left out where one of them holds nothing.

    >>> headed("Roof drains", "CO {number} – ", Context(record={"number": "002"}))
    'CO 002 – Roof drains'
    """
    named = [path.read(context.record, name) for name in PLACE.findall(text)]
    if any(one in (None, "") for one in named):
        return str(value)
    found = iter(named)
    return PLACE.sub(lambda _: str(next(found)), text) + str(value)


@converter("text with {paths} of the record in it")
def trailed(value: Any, text: str, context: Context) -> str:
    """The value with text after it, as `headed` puts it before; where a path holds nothing, the value alone.

    >>> trailed("Ana Ruiz", ", {time_type}", Context(record={"time_type": "Overtime"}))
    'Ana Ruiz, Overtime'
    """
    return f"{value}{headed('', text, context)}"


@converter("text with {paths} of the record in it")
def first_headed(value: Any, text: str, context: Context) -> str:
    """As `headed`, on the first line of a document only (ACC-17: the number of a subcontractor's own invoice).

    >>> first_headed("Piping", "Invoice {invoice_number} – ", Context(record={"invoice_number": "RA-7702"}))
    'Invoice RA-7702 – Piping'
    """
    return headed(value, text, context) if context.place == 0 else str(value)


@converter("a time zone such as US/Mountain, or the {path} of one")
def day_in(value: Any, zone: str, context: Context) -> dt.date:
    """The calendar day of a moment in a time zone; in the integration's own where that one is not known (ACC-13).

    >>> day_in("2026-05-01T03:30:00Z", "{zone}", Context(record={"zone": "US/Mountain"}))
    datetime.date(2026, 4, 30)
    """
    try:
        schedules = {"timezone": ZoneInfo(headed("", zone, context)).key}
    except (ValueError, OSError, ZoneInfoNotFoundError):
        schedules = context.settings.get("schedules", {})
    return local_date(value, None, Context(settings={"schedules": schedules}))


@simple
def order_quantity(line: Any) -> Decimal:
    """The quantity of an order's line: its own if the line goes by the unit as it is, else 1 (ACC-10).

    >>> order_quantity({"quantity": "12", "unit_cost": "31.25", "amount": "375.00"})
    Decimal('12')
    """
    return _number(line, "quantity") if _goes_by_unit(line) else Decimal(1)


@simple
def order_unit_price(line: Any) -> Decimal:
    """The unit price of an order's line: its own if the line goes by the unit as it is, else the amount (ACC-10).

    >>> order_unit_price({"quantity": "12.5", "unit_cost": "31.375", "amount": "392.19"})
    Decimal('392.19')
    """
    return _number(line, "unit_cost") if _goes_by_unit(line) else _number(line, "amount")


@simple
def order_text(line: Any) -> str:
    """The description of an order's line; what cannot go by the unit says its units in it (ACC-10).

    >>> order_text({"description": "Base", "quantity": "12.5", "uom": "CY", "unit_cost": "31.375", "amount": "392.19"})
    'Base (12.5 CY @ 31.375)'
    """
    described = " ".join(str(_field(line, "description") or "").split())
    if _goes_by_unit(line) or not (_number(line, "quantity") and _number(line, "unit_cost")):
        return described
    quantity, price = (_shortest(_number(line, name)) for name in ("quantity", "unit_cost"))
    unit = f"{_field(line, 'uom')} " if _field(line, "uom") else ""
    return f"{described} ({quantity} {unit}@ {price})".strip()


@converter("the path of the rule", takes_nothing=True)
def due_by(value: Any, rule: str | None, context: Context) -> dt.date | None:
    """A due date: the value, else what a rule makes of the record's `billing_date` (ACC-20).

    >>> due_by(None, "30 days after bill date", Context(record={"billing_date": "2026-05-31"}))
    datetime.date(2026, 6, 30)
    """
    if value not in (None, ""):
        return date(value)
    billed = path.read(context.record, "billing_date")
    return _by_rule(rule, date(billed)) if rule and billed else None


_RULES: dict[str, Callable[[dt.date, int], dt.date]] = {
    r"(\d{1,3}) days after bill date": lambda day, count: day + dt.timedelta(days=count),
    r"(\d{1,3}) days after bill month": lambda day, count: _of_month(day, 31) + dt.timedelta(days=count),
    r"day (\d{1,2}) of current month": lambda day, count: _of_month(day, count),
    r"day (\d{1,2}) of following month": lambda day, count: _of_month(_of_month(day, 31) + dt.timedelta(days=1), count),
}
"""The forms of a due date rule (XTR-43)."""


def is_due_rule(rule: str) -> bool:
    """Whether a due date rule has one of the forms that are known."""
    return any(re.fullmatch(form, rule.strip()) for form in _RULES)


def _by_rule(rule: str, day: dt.date) -> dt.date:
    for form, reckon in _RULES.items():
        if found := re.fullmatch(form, rule.strip()):
            return _reckoned(reckon, day, int(found[1]))
    raise refuse(rule, "a rule such as '30 days after bill date'")


def _reckoned(reckon: Callable[[dt.date, int], dt.date], day: dt.date, count: int) -> dt.date:
    try:
        return reckon(day, count)
    except OverflowError:
        raise refuse(day, "a billing date long before the year 9999") from None


def _of_month(day: dt.date, number: int) -> dt.date:
    """A day of the same month; its last one where it has fewer."""
    return day.replace(day=max(1, min(number, monthrange(day.year, day.month)[1])))


def _goes_by_unit(line: Any) -> bool:
    """Whether quantity × unit price is the amount to the cent, in numbers that a purchase order can hold."""
    quantity, price = _number(line, "quantity"), _number(line, "unit_cost")
    if not (quantity and price) or _decimals(price) > 2 or _decimals(quantity) > 4:
        return False
    return (quantity * price).quantize(_CENT, ROUND_HALF_UP) == _number(line, "amount")


def _field(line: Any, name: str) -> Any:
    return line.get(name) if isinstance(line, dict) else None


def _number(line: Any, name: str) -> Decimal:
    text = str(_field(line, name) or 0)
    try:
        number = Decimal(text)
    except ArithmeticError:
        raise _unreadable(line, name, text) from None
    if not number.is_finite() or abs(number) >= 10**15:
        raise _unreadable(line, name, text)
    return number


def _unreadable(line: Any, name: str, text: str) -> FixTheRecord:
    reason = f"The line '{str(_field(line, 'description') or '')[:60]}' has {name} {text[:40]}."
    return FixTheRecord(reason, "Expected a number of at most 15 digits: correct the line where it comes from.", name)


def _decimals(number: Decimal) -> int:
    exponent = number.normalize().as_tuple().exponent
    return max(0, -exponent) if isinstance(exponent, int) else 0


def _shortest(number: Decimal) -> str:
    return format(number.normalize(), "f")
