"""Converters for lines that go to items or to accounts, with classes: QuickBooks' ways to book a cost code."""

from __future__ import annotations

from decimal import ROUND_HALF_UP
from typing import Any

from jobledger.mapping.context import Context, NotYet
from jobledger.mapping.converters import converter, decimal, link, linked_record, names, refuse, simple
from jobledger.mapping.paperwork import linked
from jobledger.mapping.path import read

_NO_TAX = "no_tax"


@converter("a kind of link, a point, and vendor or customer")
def contact(value: Any, wanted: str, context: Context) -> str:
    """The books' own id of the contact that is linked, where it is of the kind that is wanted; else `blocked`.

    A company is linked with a vendor or with a customer; a project stands below a customer, a bill is a vendor's
    (SMX-QBO-32, SMX-QBO-39).

    >>> acme = Linked("vendor-41", {"name": "Acme", "kind": "vendor", "vendor_id": "41"})
    >>> contact(7, "companies.vendor", Context(links=lambda kind, id: acme))
    '41'
    """
    kind, _, sort = wanted.partition(".")
    known = linked_record(value, kind, context)
    found = known.facts.get(f"{sort}_id")
    if not found:
        name, there = known.facts.get("name") or value, known.facts.get("kind")
        raise NotYet(f"'{name}' is linked with a {there}, and {{field}} needs a {sort}", f"Link it with a {sort}.")
    return str(found)


@converter()
def role(value: Any, _argument: None, context: Context) -> str | None:
    """The one role in which a company is used (`used_as`); nothing where it has several or none.

    >>> role(7, None, Context(roles={"7": "customer"}))
    'customer'
    """
    return context.roles.get(str(value))


@converter()
def item_key(code: Any, _argument: None, context: Context) -> str:
    """What the item of a code is linked by: the code; where each project has its own items, project and code (XTR-33).

    >>> item_key("03-300.S", None, Context(settings={"cost_codes": {"item_names": "code"}}))
    '03-300.S'
    >>> own = {"cost_codes": {"item_names": "project_and_code"}}
    >>> item_key("03-300.S", None, Context({"project_id": 7}, settings=own))
    '7-03-300.S'
    """
    return f"{read(context.record, 'project_id')}-{code}" if _own_items(context) else str(code)


def _own_items(context: Context) -> bool:
    return bool(read(context.settings, "cost_codes.item_names") == "project_and_code")


@converter("a kind of link")
def on_item(value: Any, kind: str, context: Context) -> str | None:
    """The item of a line's code, where lines go to items (`line_items.default`, SMX-QBO-58).

    Nothing where they go to accounts, and where the code is not linked and there is a fallback (SMX-QBO-98).

    >>> slab = Context(settings={"line_items": {"default": "item"}}, links=lambda kind, id: Linked("19", {}))
    >>> on_item("03-300.S", "cost_codes", slab)
    '19'
    """
    if context.settings["line_items"]["default"] != "item":
        return None
    try:
        return str(link(item_key(value, None, context), kind, context))
    except NotYet as error:
        if _fallback(context):
            return None
        raise _without_fallback(error, context) from None


@converter("the kinds of link with items and with accounts", names, takes_nothing=True)
def on_account(value: Any, kinds: tuple[str, str], context: Context) -> str | None:
    """The account of a line that is on no item: the linked one, where lines go to accounts (SMX-QBO-61).

    A code that is not linked goes to the fallback account with a note, or the record is `blocked` (SMX-QBO-97, 98).

    >>> fallback = Context(settings={"line_items": {"default": "category"}}, books={"bill_account": "80"})
    >>> on_account("03-300.S", ("cost_codes", "cost_code_accounts"), fallback), len(fallback.notes)
    ('80', 1)
    """
    on_items = context.settings["line_items"]["default"] == "item"
    try:
        if value in (None, ""):
            raise NotYet("a line has no cost code", "Give it one in Procore, or set a fallback account.")
        found = str(link(item_key(value, None, context) if on_items else value, kinds[0 if on_items else 1], context))
    except NotYet as error:
        account = _fallback(context)
        if account is None:
            raise _without_fallback(error, context) from None
        context.notes.append(f"'{value or 'a line without a code'}' is not mapped and goes to the fallback account.")
        return account
    return None if on_items else found


@converter("a kind of link")
def on_items(value: Any, kind: str, context: Context) -> Any:
    """The value for a line that is on an item; nothing for one on an account, which has no quantity.

    >>> line = {"code": "03-300.S"}
    >>> on_items(12, "cost_codes", Context(settings={"line_items": {"default": "category"}}, line=line)) is None
    True
    """
    code = (context.line or {}).get("code")
    return value if code and on_item(code, kind, context) else None


@converter()
def class_of(value: Any, _argument: None, context: Context) -> str | None:
    """The class of a line's code: of its cost type or of its cost code, as `line_items.class_means` says, if linked.

    >>> labor = Linked("7", {})
    >>> types = Context(settings={"line_items": {"class_means": "cost_type"}}, links=lambda kind, id: labor)
    >>> class_of("03-300.L", None, types)
    '7'
    """
    code, _, cost_type = str(value).rpartition(".")
    by_type = context.settings["line_items"]["class_means"] == "cost_type"
    kind, key = ("cost_types", cost_type) if by_type else ("cost_code_classes", code or cost_type)
    try:
        return linked_record(key, kind, context).id
    except NotYet:
        return None


@converter("the kinds of link of projects and of locations", names)
def location_of(project: Any, kinds: tuple[str, str], context: Context) -> str | None:
    """The location that is linked with a project's department, where documents carry one (SMX-QBO-13, SMX-QBO-101).

    Nothing where they do not (`locations.on_documents`), where the books track none, and of a project in no department.
    Of several departments none is guessed: the record is `blocked`, as it is without the link.

    >>> settings, books = {"locations": {"on_documents": True}}, {"tracks_locations": True}
    >>> north = {"links": lambda kind, id: Linked("5", {}), "own": lambda kind, id: {"departments": "31"}}
    >>> location_of(7, ("projects", "locations"), Context(settings=settings, books=books, **north))
    '5'
    """
    if not context.settings.get("locations", {}).get("on_documents") or not context.books.get("tracks_locations"):
        return None
    projects, locations = kinds
    known = context.own(projects, str(project))
    departments = str(known.get("departments") or "").split()
    if len(departments) > 1:
        remedy = "Leave it in one department in Procore, or set locations.on_documents: false."
        raise NotYet(f"project '{known.get('name')}' is in {len(departments)} departments", remedy)
    return link(departments[0], locations, context) if departments else None


@converter("a kind of link", takes_nothing=True)
def tax_code(value: Any, kind: str, context: Context) -> str | None:
    """The linked tax code of a line, else the default one; nothing where no tax is carried (SMX-QBO-71..76).

    >>> tax_code(None, "tax_codes", Context(settings={"tax": {"mode": "no_tax"}})) is None
    True
    """
    if context.settings["tax"]["mode"] == _NO_TAX:
        return None
    return _named_tax("default", context) if value in (None, "") else str(link(value, kind, context))


@converter()
def named_tax(value: Any, _argument: None, context: Context) -> str | None:
    """The tax code that the settings name for a purpose; nothing where no tax is carried (ACC-18).

    >>> named_tax("retainage", None, Context(settings={"tax": {"mode": "no_tax"}})) is None
    True
    """
    return None if context.settings["tax"]["mode"] == _NO_TAX else _named_tax(str(value), context)


@converter()
def foreign(value: Any, _argument: None, context: Context) -> Any:
    """A currency that is not that of the books; nothing for theirs, which goes without saying.

    >>> foreign("USD", None, Context(books={"base_currency": "USD"})) is None
    True
    """
    return None if value == context.books.get("base_currency") else value


def _named_tax(purpose: str, context: Context) -> str:
    found = context.books.get(f"{purpose}_tax_code")
    if not found:
        why = str(context.books.get(f"{purpose}_tax_problem") or f"no tax code is set for {purpose}.").rstrip(".")
        raise NotYet(why, "Set it to a tax code of the books: tax is carried.")
    return str(found)


def _fallback(context: Context) -> str | None:
    """The account of lines whose code is not linked, where the settings name one."""
    return context.books.get("bill_account") or context.books.get("invoice_account")


def _without_fallback(error: NotYet, context: Context) -> NotYet:
    """What is missing and, where the settings name a fallback that cannot be used, what is wrong with that as well."""
    for purpose in ("bill", "invoice"):
        setting, problem = f"fallbacks.{purpose}_code", context.books.get(f"{purpose}_problem")
        if problem and read(context.settings, setting):
            why = f"{error.missing.why}, and there is no fallback: {str(problem).rstrip('.')}"
            return NotYet(why, f"{error.missing.remedy.rstrip('.')}, or mend {setting}.")
    return error


@converter("payable or receivable")
def retainage_account(line: Any, side: str, context: Context) -> str:
    """The account on which retainage is booked: one for what is held, one for what is released (SMX-QBO-88..93).

    >>> books = {"payable_held_account": "61", "payable_released_account": "62"}
    >>> retainage_account({"id": "held"}, "payable", Context(books=books))
    '61'
    """
    purpose = f"{side}_{read(line, 'id')}"
    found = context.books.get(f"{purpose}_account")
    if not found:
        why = str(context.books.get(f"{purpose}_problem") or f"retainage.{purpose} is not set.").rstrip(".")
        raise NotYet(why, f"Set retainage.{purpose} to an account of the books.")
    return str(found)


@converter("a kind of link")
def if_linked(value: Any, kind: str, context: Context) -> str | None:
    """The id of the linked record, or nothing where there is none.

    >>> if_linked(7, "commitments", Context()) is None
    True
    """
    try:
        return linked_record(value, kind, context).id
    except NotYet:
        return None


@converter("the kinds of link with items and with classes", names)
def budget_code(line: Any, kinds: tuple[str, str], context: Context) -> str:
    """The cost code and cost type of a line of the books: of its item, else of its class, else the fallback, noted.

    A class that stands for a cost code takes the default cost type; without one it is `blocked` (SMX-QBO-62..70).
    An account is never asked: several codes may share it, and none is guessed (SMX-QBO-45, SMX-QBO-99, SMX-QBO-100).

    >>> item = Context(settings={"fallbacks": {}}, links=lambda kind, id: Linked("c-1", {"number": "03-300.S"}))
    >>> budget_code({"item_id": "19"}, ("cost_codes", "cost_code_classes"), item)
    '03-300.S'
    """
    items, classes = kinds
    try:
        return _of_item(line, items, context) or _of_class(line, classes, context)
    except NotYet:
        payroll = read(context.record, "direct_cost_type") == "payroll"
        found = read(context.settings, f"fallbacks.procore_{'payroll' if payroll else 'bill'}_code")
        if not found:
            raise
        context.notes.append(f"'{read(line, 'code') or 'a line without an item'}' is not mapped and goes to {found}.")
        return str(found)


def _of_item(line: Any, kind: str, context: Context) -> str | None:
    item = read(line, "item_id")
    if not item:
        return None
    facts = linked_record(item, kind, context).facts
    if not _own_items(context) or not facts.get("project"):
        return str(linked(item, f"{kind}.number", context))
    if facts["project"] != link(read(context.record, "customer_id"), "projects", context):
        why = f"the item '{facts['number']}' is another project's"
        raise NotYet(why, "Choose the item of the line's project in the books, or the project of the item.")
    return str(facts["budget_code"])


def _of_class(line: Any, kind: str, context: Context) -> str:
    its_class = read(line, "class_id")
    if not its_class or read(context.settings, "line_items.class_means") != "cost_code":
        why = f"line '{read(line, 'description') or read(line, 'code') or ''}' has no product or service"
        raise NotYet(why, "Give the line one in the books, or set a fallback code under `fallbacks`.")
    cost_type = read(context.settings, "cost_codes.default_cost_type")
    if not cost_type:
        raise NotYet("a class tells no cost type", "Set cost_codes.default_cost_type to a cost type of Procore.")
    return f"{linked(its_class, f'{kind}.number', context)}.{cost_type}"


@converter("a kind of link")
def sold_item(value: Any, kind: str, context: Context) -> str:
    """The item of a sales line, which has to be on one: the linked one, else the fallback, noted (SMX-QBO-97, ACC-36).

    >>> fallback = Context(books={"invoice_item": "9"})
    >>> sold_item("01-000.O", "cost_codes", fallback), len(fallback.notes)
    ('9', 1)
    """
    try:
        return str(link(item_key(value, None, context), kind, context))
    except NotYet as error:
        found = context.books.get("invoice_item")
        if not found:
            raise _without_fallback(error, context) from None
        context.notes.append(f"'{value}' is not mapped and goes to the service of the fallback account.")
        return str(found)


@converter()
def sold_retainage(line: Any, _argument: None, context: Context) -> str:
    """The service on which a customer's retainage is booked (SMX-QBO-90, 91, 93).

    >>> sold_retainage({"id": "held"}, None, Context(books={"receivable_held_item": "12"}))
    '12'
    """
    purpose = f"receivable_{read(line, 'id')}"
    found = context.books.get(f"{purpose}_item")
    if not found:
        why = str(context.books.get(f"{purpose}_problem") or f"retainage.{purpose} is not set.").rstrip(".")
        raise NotYet(why, f"Set retainage.{purpose} to an account of the books, and make a service on it there.")
    return str(found)


@simple
def whole_hours(hours: Any) -> int:
    """The whole hours of a time.

    >>> whole_hours("7.5"), whole_hours("8.999")
    (7, 9)
    """
    return _minutes(hours) // 60


@simple
def minutes_over(hours: Any) -> int:
    """The minutes of a time beyond its whole hours.

    >>> minutes_over("7.5"), minutes_over("0.33")
    (30, 20)
    """
    return _minutes(hours) % 60


def _minutes(hours: Any) -> int:
    found = decimal(hours)
    if not 0 <= found <= 24:
        raise refuse(hours, "hours between 0 and 24")
    return int((found * 60).to_integral_value(ROUND_HALF_UP))
