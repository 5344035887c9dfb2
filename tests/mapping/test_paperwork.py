"""Converters for documents: quantities and prices that add up, due dates, taxes, currencies, what links must have."""

import datetime as dt
from calendar import monthrange
from decimal import ROUND_HALF_UP, Decimal

import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st

from jobledger.errors import FixTheRecord
from jobledger.integration import Integration
from jobledger.mapping.context import Context, Linked, NotYet
from jobledger.mapping.converters import CONVERTERS
from jobledger.mapping.expression import compile_expression
from jobledger.mapping.paperwork import due_by, is_due_rule, order_quantity, order_text, order_unit_price
from jobledger.systems.xero.documents import lines_total
from tests.mapping.shipped import FLOWS

CENT = Decimal("0.01")


def of(flow, field):
    """The expression of a header field in a mapping file, as a function."""
    return compile_expression(FLOWS["xero", flow].fields[field].value, flow)


# --- lines of orders -------------------------------------------------------------------------------------------------

quantities = st.decimals(-99999, 99999, places=5) | st.integers(-999, 999).map(Decimal)
unit_costs = st.decimals(-99999, 99999, places=4) | st.decimals(-99999, 99999, places=2)
amounts = st.decimals(-(10**9), 10**9, places=2)


@st.composite
def order_lines(draw):
    """Lines as Procore has them: reckoned by the unit, with an amount of their own, or by the amount alone."""
    quantity, cost = draw(quantities), draw(unit_costs)
    reckoned = (quantity * cost).quantize(CENT, ROUND_HALF_UP)
    kind = draw(st.sampled_from(["calculated", "manual", "amount"]))
    if kind == "amount":
        quantity = cost = Decimal(0)
    amount = reckoned if kind == "calculated" else draw(amounts)
    return {"description": "Base", "quantity": quantity, "unit_cost": cost, "uom": "CY", "amount": amount}


@pytest.mark.feature("ACC-10", "XER-128", "XER-129")
@given(st.lists(order_lines(), min_size=1, max_size=5))
def test_the_lines_of_an_order_add_up_to_its_amount_whatever_they_are_reckoned_by(lines):
    sent = [{"Quantity": order_quantity(line), "UnitAmount": order_unit_price(line)} for line in lines]
    assert lines_total({"LineItems": sent}, decimals=2) == sum(line["amount"] for line in lines)


@pytest.mark.feature("ACC-10", "XER-127")
@given(order_lines())
def test_a_line_says_its_units_just_when_it_cannot_go_by_them(line):
    assume(line["quantity"] and line["unit_cost"])
    goes = (order_quantity(line), order_unit_price(line)) == (line["quantity"], line["unit_cost"])
    assert order_text(line) == "Base" or not goes
    assert order_text(line).startswith("Base (") or goes


@pytest.mark.feature("ACC-10")
@pytest.mark.parametrize(
    ("quantity", "unit_cost", "amount", "sent", "text"),
    [
        ("12", "31.25", "375.00", ("12", "31.25"), "Base"),
        ("12", "31.250", "375.00", ("12", "31.25"), "Base"),
        ("12.5", "31.375", "392.19", ("1", "392.19"), "Base (12.5 CY @ 31.375)"),
        ("12", "31.25", "374.99", ("1", "374.99"), "Base (12 CY @ 31.25)"),
        ("0.3333", "3.00", "1.00", ("0.3333", "3.00"), "Base"),
        ("0.33333", "3.00", "1.00", ("1", "1.00"), "Base (0.33333 CY @ 3)"),
        ("-2", "10.00", "-20.00", ("-2", "10.00"), "Base"),
        ("3", "0.005", "0.02", ("1", "0.02"), "Base (3 CY @ 0.005)"),
        ("0", "0", "-12350.00", ("1", "-12350.00"), "Base"),
        ("1E+2", "5", "500.00", ("100", "5"), "Base"),
    ],
)
def test_how_a_line_goes(quantity, unit_cost, amount, sent, text):
    line = {"description": " Base ", "quantity": quantity, "unit_cost": unit_cost, "uom": "CY", "amount": amount}
    assert (order_quantity(line), order_unit_price(line)) == tuple(map(Decimal, sent))
    assert order_text(line) == text


def test_a_line_without_a_unit_of_measure_says_quantity_and_price_alone():
    line = {"description": "Base", "quantity": "2", "unit_cost": "0.125", "uom": None, "amount": "0.25"}
    assert order_text(line) == "Base (2 @ 0.125)"


@pytest.mark.parametrize("wrong", ["many", "NaN", "1e16", "-Infinity"])
def test_a_number_that_cannot_be_read_names_the_line(wrong):
    line = {"description": "Base", "quantity": wrong, "unit_cost": "1.00", "amount": "1.00"}
    with pytest.raises(FixTheRecord) as caught:
        order_quantity(line)
    assert (caught.value.field, "'Base' has quantity" in caught.value.reason) == ("quantity", True)


# --- due dates -------------------------------------------------------------------------------------------------------

RULE = "30 days after bill date"


@pytest.mark.feature("ACC-20", "XER-166")
@pytest.mark.parametrize(
    ("payment", "details", "period", "rule", "due"),
    [
        ("2026-06-05", "2026-06-10", "2026-06-25", RULE, "2026-06-05"),
        (None, "2026-06-10", "2026-06-25", RULE, "2026-06-10"),
        ("", None, "2026-06-25", RULE, "2026-06-25"),
        (None, None, None, RULE, "2026-06-30"),
        (None, None, None, None, None),
    ],
)
def test_a_bill_is_due_at_the_first_date_that_there_is(payment, details, period, rule, due):
    record = {"payment_date": payment, "due_date": details, "period_due_date": period, "billing_date": "2026-05-31"}
    found = of("invoices", "DueDate")(Context(record=record, settings={"due_date_rule": rule}))
    assert found == (dt.date.fromisoformat(due) if due else None)


@pytest.mark.feature("XTR-43")
@pytest.mark.parametrize(
    ("billed", "rule", "due"),
    [
        ("2026-01-31", "0 days after bill date", "2026-01-31"),
        ("2026-01-31", "30 days after bill date", "2026-03-02"),
        ("2026-01-15", "10 days after bill month", "2026-02-10"),
        ("2026-01-15", "day 10 of current month", "2026-01-10"),
        ("2026-01-31", "day 31 of following month", "2026-02-28"),
        ("2028-01-31", "day 30 of following month", "2028-02-29"),
        ("2026-12-05", " day 10 of following month ", "2027-01-10"),
    ],
)
def test_a_rule_makes_a_due_date_of_the_billing_date(billed, rule, due):
    assert due_by(None, rule, Context(record={"billing_date": billed})).isoformat() == due


@pytest.mark.feature("XTR-43")
@given(st.dates(), st.integers(1, 31))
def test_a_day_of_the_following_month_is_in_it_however_short_it_is(billed, day):
    assume((billed.year, billed.month) != (9999, 12))
    due = due_by(None, f"day {day} of following month", Context(record={"billing_date": billed.isoformat()}))
    months = (due.year - billed.year) * 12 + due.month - billed.month
    assert (months, due.day) == (1, min(day, monthrange(due.year, due.month)[1]))


@given(st.dates(), st.integers(0, 999), st.sampled_from(["bill date", "bill month"]))
@example(dt.date.max, 1, "bill date")
def test_days_after_are_counted_from_the_bill_or_from_the_end_of_its_month(billed, days, since):
    rule, context = f"{days} days after {since}", Context(record={"billing_date": billed.isoformat()})
    start = billed if since == "bill date" else billed.replace(day=monthrange(billed.year, billed.month)[1])
    if (dt.date.max - start).days < days:
        with pytest.raises(FixTheRecord):
            due_by(None, rule, context)
    else:
        assert due_by(None, rule, context) == start + dt.timedelta(days=days)


@pytest.mark.parametrize("rule", ["soon", "30 days", "1000 days after bill date", "day 10 of next month", ""])
def test_a_rule_of_another_form_is_none(rule):
    assert not is_due_rule(rule)


# --- taxes and currencies --------------------------------------------------------------------------------------------

TAX = {"mode": "exclusive", "default": "OUTPUT", "codes": {"12": "INPUT"}}


def tax_of(code, **changes):
    context = Context(settings={"tax": TAX | changes})
    return CONVERTERS["tax_type"].function(code, "Set tax.default.", context)


@pytest.mark.feature("ACC-26")
def test_a_line_has_the_tax_type_of_its_code_or_the_default_and_none_where_no_tax_is_written():
    assert (tax_of(12), tax_of("12"), tax_of(None), tax_of("")) == ("INPUT", "INPUT", "OUTPUT", "OUTPUT")
    assert [tax_of(code, mode="no_tax", default=None) for code in (12, None, 99)] == ["NONE"] * 3


@pytest.mark.feature("ACC-26")
def test_a_line_without_a_tax_type_is_blocked_with_what_to_do():
    for code, changes, why in (
        (99, {}, "tax code 99 has no tax type in tax.codes"),
        (None, {"default": None}, "no value"),
    ):
        with pytest.raises(NotYet) as caught:
            tax_of(code, **changes)
        assert why in caught.value.missing.why
        assert "tax." in caught.value.missing.remedy


@pytest.mark.feature("ACC-18")
def test_retainage_needs_a_tax_type_of_its_own_only_where_the_organisation_charges_tax():
    retainage = next(rules for rules in FLOWS["xero", "invoices"].lines if rules.of == "retainage_lines").fields[
        "TaxType"
    ]
    run = compile_expression(retainage.value, "invoices")
    settings = {"tax": {"mode": "exclusive"}, "retainage": {"tax_type": None}}
    with pytest.raises(NotYet, match="no value") as caught:
        run(Context(settings=settings))
    assert caught.value.missing.remedy == "Set retainage.tax_type: the organisation charges tax."
    assert run(Context(settings=settings | {"retainage": {"tax_type": "BASEXCLUDED"}})) == "BASEXCLUDED"
    assert run(Context(settings=settings | {"tax": {"mode": "no_tax"}})) == "NONE"


@pytest.mark.feature("ACC-26")
@pytest.mark.parametrize("flow", ["commitments", "change_orders", "invoices"])
def test_a_foreign_currency_is_blocked_unless_it_is_allowed(flow):
    run, books = of(flow, "CurrencyCode"), {"base_currency": "USD"}
    assert run(Context(record={"currency": None}, books=books)) == "USD"
    with pytest.raises(NotYet) as caught:
        run(Context(record={"currency": "EUR"}, books=books))
    assert caught.value.missing.why == "its currency is EUR, and the organisation's is USD"
    allowed = Context(record={"currency": "EUR"}, books=books, settings={"currencies": "allowed"})
    assert run(allowed) == "EUR"


@pytest.mark.feature("ACC-26")
@pytest.mark.parametrize(
    ("mode", "spelled"), [("no_tax", "NoTax"), ("exclusive", "Exclusive"), ("inclusive", "Inclusive")]
)
def test_every_tax_mode_is_sent(mode, spelled):
    for flow in ("commitments", "invoices"):
        assert of(flow, "LineAmountTypes")(Context(settings={"tax": {"mode": mode}})) == spelled


# --- numbers and texts -----------------------------------------------------------------------------------------------

STAGES = ("vendors_and_projects", "cost_codes_and_budget", "commitments_and_change_orders", "invoices_and_payments")
PAIR = {"procore": {"connection": "p", "company_id": 1}}
PAIR |= {"accounting": {"system": "xero", "connection": "x", "tenant_id": "t"}}


@pytest.mark.feature("XER-167", "ACC-17")
@pytest.mark.parametrize(
    ("stages", "numbering", "reference"),
    [
        (STAGES, {}, "SC-014"),
        ([one for one in STAGES if not one.startswith("commitments")], {}, "RA-7702"),
        (STAGES, {"bills": "invoice"}, "RA-7702"),
    ],
)
def test_the_reference_of_a_bill_is_the_orders_number_where_commitments_are_carried(stages, numbering, reference):
    settings = Integration.model_validate({**PAIR, "stages": stages, "numbering": numbering}).settings()
    record = {"numbers": {"purchase_order": "SC-014", "invoice": "RA-7702"}}
    assert of("invoices", "InvoiceNumber")(Context(record=record, settings=settings)) == reference


@pytest.mark.feature("XER-122", "ACC-13")
def test_an_order_is_dated_where_the_project_is():
    settings = {"schedules": {"timezone": "America/Denver"}}
    created = Context(record={"created_at": "2026-05-01T03:30:00Z"}, settings=settings)
    assert of("commitments", "Date")(created) == dt.date(2026, 4, 30)


@pytest.mark.feature("ACC-17")
def test_only_the_first_line_names_the_subcontractors_invoice():
    [work, retainage] = (
        compile_expression(one.fields["Description"].value, "x") for one in FLOWS["xero", "invoices"].lines
    )
    record, line = {"invoice_number": "RA-7702"}, {"description": "Piping"}
    told = [one(Context(record=record, line=line, place=place)) for one in (work, retainage) for place in (0, 1)]
    assert told == ["Invoice RA-7702 – Piping", "Piping"] * 2
    assert work(Context(record={"invoice_number": None}, line=line)) == "Piping"


def test_a_piece_that_a_linked_record_lacks_is_asked_for_by_the_name_that_people_know():
    item = Linked("i-1", {"label": "item", "number": "03-300.S", "purchase_account": ""})
    with pytest.raises(NotYet) as caught:
        CONVERTERS["linked"].function("03-300.S", "cost_codes.purchase_account", Context(links=lambda *key: item))
    assert caught.value.missing.why == "item 03-300.S has no purchase account"


def test_a_document_before_the_cutover_has_facts_and_no_id():
    opening = Context(links=lambda *key: Linked(None, {"number": "SC-001"}))
    assert CONVERTERS["linked"].function(1, "commitments.number", opening) == "SC-001"
    for name, argument in (("link", "commitments"), ("linked", "commitments.id")):
        with pytest.raises(NotYet):
            CONVERTERS[name].function(1, argument, opening)


@pytest.mark.feature("XER-85")
def test_a_cost_that_people_may_edit_carries_no_lock():
    run, record = of("job_costs", "origin_id"), {"id": "bill:1/t"}
    locked, open_ = ({"job_costs": {"edit_synced": switch}} for switch in (False, True))
    assert run(Context(record=record, settings=locked)) == "xero:cost:bill:1/t"
    assert run(Context(record=record, settings=open_)) is None
