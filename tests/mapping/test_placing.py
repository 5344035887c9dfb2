"""Lines on items or on accounts, with classes: each is booked on exactly one, whatever is linked and set."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jobledger.errors import FixTheRecord
from jobledger.mapping.context import Context, Linked, NotYet
from jobledger.mapping.document import compile_flow
from jobledger.mapping.placing import (
    budget_code,
    class_of,
    contact,
    foreign,
    if_linked,
    minutes_over,
    named_tax,
    on_account,
    on_item,
    on_items,
    retainage_account,
    sold_item,
    sold_retainage,
    tax_code,
    whole_hours,
)
from tests.mapping.shipped import FLOWS, settings_of

ITEMS, ACCOUNTS, CLASSES, TYPES = "cost_codes", "cost_code_accounts", "cost_code_classes", "cost_types"
CODES = ("03-300.S", "09-900.M", "1.2.L", "M", ".")
DEFAULTS = settings_of("quickbooks_online")

codes = st.sampled_from([*CODES, "", None])
some_links = st.dictionaries(
    st.tuples(st.sampled_from([ITEMS, ACCOUNTS, CLASSES, TYPES]), st.sampled_from([*CODES, "03-300", "S", "1.2", "L"])),
    st.sampled_from(["19", "80", "7", None]),
)
"""Kind and code -> the id that it is linked with; None for what counts as opening balance."""

fallbacks = st.sampled_from(
    [{}, {"bill_account": "90"}, {"invoice_account": "40"}, {"bill_account": None, "bill_problem": "not set."}]
)
ways = st.sampled_from(["item", "category"])
meanings = st.sampled_from(["cost_type", "cost_code"])


def context_of(links, way="item", means="cost_type", books=None, **settings):
    """The surroundings of a line: what is linked, and where lines go."""
    stated = DEFAULTS | {"line_items": {"default": way, "class_means": means}} | settings

    def linked(kind, key):
        return Linked(links[kind, key], {"number": f"{key}!"}) if (kind, key) in links else None

    return Context(settings=stated, books=books or {}, links=linked)


def answer(converter, value, argument, context):
    """What a converter makes of a value as an expression asks it, or `blocked`."""
    if value in (None, "") and converter is not on_account:
        return None
    try:
        return converter(value, argument, context)
    except NotYet:
        return "blocked"


# --- a line is on one item or one account -----------------------------------------------------------------------------


@given(codes, some_links, ways, fallbacks)
def test_a_line_is_on_one_item_or_on_one_account_or_it_is_blocked(code, links, way, books):
    context = context_of(links, way, books=books)
    item = answer(on_item, code, ITEMS, context)
    account = answer(on_account, code, (ITEMS, ACCOUNTS), context)
    assert "blocked" in (item, account) or bool(item) != bool(account)


@pytest.mark.feature("SMX-QBO-98")
@given(codes, some_links, ways, fallbacks)
def test_a_line_is_on_the_fallback_account_just_when_a_note_says_so(code, links, way, books):
    context = context_of(links, way, books=books)
    account = answer(on_account, code, (ITEMS, ACCOUNTS), context)
    spare = next((one for one in books.values() if one and one.isdigit()), None)
    assert (spare is not None and account == spare) == bool(context.notes)
    assert all(str(code or "a line without a code") in note for note in context.notes)
    assert spare is None or account != "blocked"


@pytest.mark.feature("SMX-QBO-58", "SMX-QBO-61", "SMX-QBO-95", "SMX-QBO-96")
@given(st.sampled_from(CODES), some_links, ways)
def test_a_linked_code_is_booked_where_it_is_linked(code, links, way):
    kind = ITEMS if way == "item" else ACCOUNTS
    links[kind, code] = "19"
    context = context_of(links, way, books={"bill_account": "90"})
    found = (answer(on_item, code, ITEMS, context), answer(on_account, code, (ITEMS, ACCOUNTS), context))
    assert found == (("19", None) if way == "item" else (None, "19"))
    assert context.notes == []


@pytest.mark.feature("ACC-10")
@given(codes, some_links, ways, fallbacks, st.decimals(-(10**6), 10**6, places=4))
def test_a_line_has_a_quantity_just_when_it_is_on_an_item(code, links, way, books, quantity):
    context = context_of(links, way, books=books)
    of_line = Context(settings=context.settings, books=books, links=context.links, line={"code": code})
    item = answer(on_item, code, ITEMS, context)
    made = answer(on_items, quantity, ITEMS, of_line)
    assert made == (item if item in (None, "blocked") else quantity)


@pytest.mark.feature("SMX-QBO-63", "SMX-QBO-67")
@given(st.text() | st.sampled_from(CODES), some_links, meanings)
def test_a_line_has_the_class_of_its_code_or_none_and_is_never_held_back_for_it(code, links, means):
    found = class_of(code, None, context_of(links, means=means))
    kind = TYPES if means == "cost_type" else CLASSES
    own = {key: target for (of, key), target in links.items() if of == kind}
    assert found is None or found in own.values()
    if code == "03-300.S":
        assert found == own.get("S" if means == "cost_type" else "03-300")


@pytest.mark.feature("ACC-10", "ACC-11", "SMX-QBO-98")
@given(
    lines=st.lists(
        st.tuples(codes, st.decimals(-99999, 99999, places=3), st.decimals(-99999, 99999, places=2)), min_size=1
    ),
    links=some_links,
    way=ways,
    books=fallbacks,
)
def test_an_order_adds_up_and_each_of_its_lines_is_on_one_item_or_account(lines, links, way, books):
    made_of = [
        {"id": place, "code": code, "quantity": quantity, "unit_cost": cost, "amount": round(quantity * cost, 2)}
        for place, (code, quantity, cost) in enumerate(lines)
    ]
    around = context_of(links, way, books={"base_currency": "USD", **books})
    record = {"id": 1, "number": "SC-001", "currency": "USD", "line_items": made_of}
    flow = FLOWS["quickbooks_online", "commitments"]
    made = compile_flow(flow, "x")(Context(record, around.settings, around.books, around.links))
    on = [(line["ItemRef"] is not None) + (line["AccountRef"] is not None) for line in made.lines]
    assert max(on) <= 1
    assert made.missing or min(on) == 1
    if not made.missing:
        units = [line for line in made.lines if line["ItemRef"]]
        assert all(round(line["Qty"] * line["UnitPrice"], 2) == line["Amount"] for line in units)
        assert sum(line["Amount"] for line in made.lines) == sum(one["amount"] for one in made_of)


WRONG = "fallbacks.{purpose}_code names '6999', which is no account in QuickBooks"


def fallback_of(purpose, code):
    """What is known of a fallback that cannot be used: its setting and, from the books, what is wrong."""
    problem = WRONG.format(purpose=purpose) if code else f"fallbacks.{purpose}_code is not set"
    books = {f"{purpose}_{what}": None for what in ("account", "item")} | {f"{purpose}_problem": f"{problem}."}
    return {"books": books, "fallbacks": {f"{purpose}_code": code}}


@pytest.mark.feature("SMX-QBO-97", "SMX-QBO-98")
@pytest.mark.parametrize("code", ["6999", None])
@pytest.mark.parametrize(
    ("place", "kinds", "purpose", "way"),
    [
        (on_item, ITEMS, "bill", "item"),
        (on_account, (ITEMS, ACCOUNTS), "bill", "item"),
        (on_account, (ITEMS, ACCOUNTS), "bill", "category"),
        (sold_item, ITEMS, "invoice", "item"),
    ],
)
def test_a_line_that_is_held_back_says_what_is_wrong_with_the_fallback_that_is_set(place, kinds, purpose, way, code):
    with pytest.raises(NotYet) as caught:
        place("03-300.S", kinds, context_of({}, way, **fallback_of(purpose, code)))
    why, remedy = caught.value.missing
    assert "03-300.S, not linked yet" in why
    assert (WRONG.format(purpose=purpose) in why, f"mend fallbacks.{purpose}_code" in remedy) == (bool(code),) * 2
    assert "is not set" not in why


@pytest.mark.feature("SMX-QBO-98")
def test_a_bill_that_is_held_back_says_once_what_is_wrong_with_its_fallback():
    around = context_of({}, **fallback_of("bill", "6999"))
    lines = [{"id": place, "code": "03-300.S", "amount": Decimal("1.00")} for place in (1, 2)]
    record = {"id": 1, "vendor_id": 7, "direct_cost_date": "2026-04-14", "line_items": lines}
    made = compile_flow(FLOWS["quickbooks_online", "expenses"], "x")(
        Context(record, around.settings, around.books, around.links)
    )
    told = {why for why, _ in made.missing if "03-300.S" in why}
    assert told == {
        f"refers to cost codes 03-300.S, not linked yet, and there is no fallback: {WRONG.format(purpose='bill')}"
    }


# --- contacts, taxes, currencies, retainage ---------------------------------------------------------------------------


@pytest.mark.feature("SMX-QBO-39")
@pytest.mark.parametrize("wanted", ["vendor", "customer"])
@pytest.mark.parametrize("kind", ["vendor", "customer"])
def test_a_contact_serves_as_what_it_is(wanted, kind):
    acme = Linked(f"{kind}-41", {"name": "Acme", "kind": kind, f"{kind}_id": "41"})
    context = Context(links=lambda of, key: acme)
    if wanted == kind:
        assert contact(7, f"companies.{wanted}", context) == "41"
        return
    with pytest.raises(NotYet) as caught:
        contact(7, f"companies.{wanted}", context)
    why, remedy = caught.value.missing
    assert why == f"'Acme' is linked with a {kind}, and {{field}} needs a {wanted}"
    assert remedy == f"Link it with a {wanted}."


@pytest.mark.feature("SMX-QBO-71", "SMX-QBO-75")
@given(st.none() | st.sampled_from(["12", "13", ""]), st.sampled_from(["no_tax", "exclusive", "inclusive"]))
def test_a_line_has_a_tax_code_just_where_tax_is_written(code, mode):
    context = Context(
        settings={"tax": {"mode": mode}},
        books={"default_tax_code": "5"},
        links=lambda kind, key: Linked("9", {}) if key == "12" else None,
    )
    expected = {None: "5", "": "5", "12": "9", "13": "blocked"}[code]
    try:
        found = tax_code(code, "tax_codes", context)
    except NotYet:
        found = "blocked"
    assert found == (None if mode == "no_tax" else expected)


@pytest.mark.feature("SMX-QBO-75", "ACC-18")
@pytest.mark.parametrize("purpose", ["default", "retainage"])
def test_a_tax_code_that_is_not_set_is_told_with_what_is_wrong(purpose):
    told = {f"{purpose}_tax_problem": "tax.default names 'X', which is no tax code."}
    with pytest.raises(NotYet) as caught:
        named_tax(purpose, None, Context(settings={"tax": {"mode": "exclusive"}}, books=told))
    assert caught.value.missing.why == "tax.default names 'X', which is no tax code"


@pytest.mark.feature("SMX-QBO-88", "SMX-QBO-89", "SMX-QBO-92")
@pytest.mark.parametrize("side", ["payable", "receivable"])
@pytest.mark.parametrize("purpose", ["held", "released"])
def test_retainage_goes_to_the_account_of_its_own_purpose_or_waits(side, purpose):
    books = {f"{side}_{purpose}_account": "61"}
    assert retainage_account({"id": purpose}, side, Context(books=books)) == "61"
    other = "released" if purpose == "held" else "held"
    with pytest.raises(NotYet) as caught:
        retainage_account({"id": other}, side, Context(books=books))
    assert f"retainage.{side}_{other}" in " ".join(caught.value.missing)


@pytest.mark.feature("SMX-QBO-90", "SMX-QBO-91", "SMX-QBO-93")
@pytest.mark.parametrize("purpose", ["held", "released"])
def test_a_customers_retainage_goes_to_the_service_of_its_own_purpose_or_waits(purpose):
    books = {f"receivable_{purpose}_item": "12"}
    assert sold_retainage({"id": purpose}, None, Context(books=books)) == "12"
    other = "released" if purpose == "held" else "held"
    with pytest.raises(NotYet) as caught:
        sold_retainage({"id": other}, None, Context(books=books))
    assert f"retainage.receivable_{other}" in " ".join(caught.value.missing)


@pytest.mark.feature("SMX-QBO-77")
@given(st.decimals(0, 24, places=2))
def test_hours_are_whole_hours_and_minutes_to_the_nearest_minute(hours):
    whole, over = whole_hours(hours), minutes_over(hours)
    assert 0 <= over < 60
    assert abs(hours * 60 - (whole * 60 + over)) <= Decimal("0.5")


@pytest.mark.parametrize("hours", ["-0.01", "24.01", "NaN", "Infinity", "noon", 7.5, True])
def test_what_is_no_time_of_a_day_is_refused(hours):
    for converter in (whole_hours, minutes_over):
        with pytest.raises(FixTheRecord):
            converter(hours)


@pytest.mark.feature("ACC-26")
@pytest.mark.parametrize(("stated", "sent"), [("USD", None), ("CAD", "CAD")])
def test_a_currency_is_told_only_where_it_is_not_that_of_the_books(stated, sent):
    assert foreign(stated, None, Context(books={"base_currency": "USD"})) == sent


@given(some_links, st.sampled_from(CODES))
def test_an_order_that_is_not_there_holds_no_bill_back(links, code):
    assert if_linked(code, ITEMS, context_of(links)) == links.get((ITEMS, code))


# --- costs that come in -----------------------------------------------------------------------------------------------

cost_lines = st.fixed_dictionaries(
    {
        "item_id": st.sampled_from([None, *CODES]),
        "class_id": st.sampled_from([None, *CODES]),
        "account_id": st.sampled_from([None, "80"]),
        "code": st.sampled_from(["Concrete", None]),
        "description": st.just("Forms"),
    }
)


@pytest.mark.feature("SMX-QBO-45", "SMX-QBO-99", "SMX-QBO-100")
@given(cost_lines, some_links, meanings, st.sampled_from(["payroll", "invoice"]), st.booleans(), st.booleans())
def test_a_cost_has_the_code_of_its_item_or_class_else_the_fallback_with_a_note(
    line, links, means, kind, has_type, has_fallback
):
    spare = {"payroll": "01-000.L", "invoice": "01-000.O"}
    stated = {"procore_bill_code": spare["invoice"], "procore_payroll_code": spare["payroll"]} if has_fallback else {}
    context = context_of(
        links, means=means, fallbacks=stated, cost_codes={"default_cost_type": "S" if has_type else None}
    )
    context = Context({"direct_cost_type": kind}, context.settings, links=context.links)
    found = answer(budget_code, line, (ITEMS, CLASSES), context)
    by_item = line["item_id"] is not None and (ITEMS, line["item_id"]) in links
    by_class = line["item_id"] is None and means == "cost_code" and has_type and (CLASSES, line["class_id"]) in links
    mapped = f"{line['item_id']}!" if by_item else f"{line['class_id']}!.S" if by_class else None
    assert found == (mapped or (spare[kind] if has_fallback else "blocked"))
    assert bool(context.notes) == (mapped is None and has_fallback)


@pytest.mark.feature("SMX-QBO-62", "SMX-QBO-66", "SMX-QBO-68", "SMX-QBO-69")
def test_a_class_needs_the_default_cost_type_and_says_so():
    links = {(CLASSES, "03-300.S"): "7"}
    line = {"item_id": None, "class_id": "03-300.S", "description": "Forms"}
    found = budget_code(
        line, (ITEMS, CLASSES), context_of(links, means="cost_code", cost_codes={"default_cost_type": "L"})
    )
    assert found == "03-300.S!.L"
    with pytest.raises(NotYet) as caught:
        budget_code(line, (ITEMS, CLASSES), context_of(links, means="cost_code"))
    assert "cost_codes.default_cost_type" in caught.value.missing.remedy


def test_the_quantity_of_a_line_without_a_code_is_left_out():
    assert on_items(Decimal(2), ITEMS, Context(settings=DEFAULTS, line={"code": None})) is None
