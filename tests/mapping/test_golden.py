"""Golden files: for each mapping file some records, and what becomes of them. Each folder's README tells their story.

Run as a program, it writes `expected.json` afresh; read the difference before it is kept.
"""

from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from jobledger.mapping.context import Context, Linked
from jobledger.mapping.document import Mapped, compile_flow, document_of
from jobledger.mapping.flow import Flow
from jobledger.mapping.labour import Rate, rate_on
from jobledger.mapping.path import read as value_at
from jobledger.mapping.suite import suite_for
from jobledger.pipeline.decide import decide
from jobledger.pipeline.plan import Case, Planned
from jobledger.pipeline.validate import broken_of
from tests.golden.files import FOLDER, read, shown
from tests.mapping import shipped
from tests.mapping.shipped import FLOWS, INCLUDE, entity_of

KEYS = [shipped.shown(key) for key, flow in FLOWS.items() if not flow.amends]
SYSTEMS = ("xero", "quickbooks_online")
"""The books, of which some figures are told side by side."""


def outcomes(name: str, records: dict[str, Any] | None = None) -> dict[str, Any]:
    """What becomes of each record of `<system>/<flow>`, by its title: the document, or why there is none."""
    system, _, own = name.partition("/")
    flow, given = FLOWS[system, own], read(name, "input.json")
    given["records"] = records or given["records"]
    left_out = {title: why for title, record in given["records"].items() if (why := _left_out(flow, record))}
    mapped = {
        title: _mapped(flow, given, record) for title, record in given["records"].items() if title not in left_out
    }
    planned = {title: decide(_case(flow, given, given["records"][title], one)) for title, one in mapped.items()}
    refused = _refused(flow, {title: one for title, one in planned.items() if one.decision == "create"})
    told = {title: refused.get(title) or _outcome(flow, planned[title], mapped[title]) for title in planned}
    return {title: told.get(title) or {"left out": left_out[title]} for title in given["records"]}


def _left_out(flow: Flow, record: dict[str, Any]) -> str | None:
    """Why a record takes no part: the path of `only_when`, and what it holds."""
    found = {path: value_at(record, path) for path, values in flow.only_when.items()}
    wrong = (f"{path}: {value}" for path, value in found.items() if value not in flow.only_when[path])
    return next(wrong, None)


def _mapped(flow: Flow, given: dict[str, Any], record: dict[str, Any]) -> Mapped:
    links, settings, books = (given.get(key, {}) for key in ("links", "settings", "books"))
    rates = [_rate(one) for one in given.get("rates", ())]
    context = Context(
        record=record,
        settings=settings,
        books=books,
        links=lambda *key: _linked(links, *key),
        rates=lambda *key: rate_on(rates, *key),
    )
    return compile_flow(flow, f"{flow.name}.yaml")(context)


def _rate(row: dict[str, Any]) -> Rate:
    first, last = (date.fromisoformat(row[name]) if row[name] else None for name in ("valid_from", "valid_to"))
    return Rate(row["employee_id"], row["time_type"], first, last, row["rate"])


def _outcome(flow: Flow, planned: Planned, mapped: Mapped) -> dict[str, Any]:
    if planned.decision != "create":
        remedy = {"remedy": planned.remedy} if planned.remedy else {}
        return {planned.decision: planned.reason, **remedy}
    notes = {"notes": mapped.notes} if mapped.notes else {}
    return {"document": document_of(mapped.fields, mapped.lines, flow), **notes}


def _linked(links: dict[str, Any], kind: str, id: str) -> Linked | None:
    found = links.get(kind, {}).get(id)
    return Linked(found["id"], found.get("facts", {})) if found else None


def _case(flow: Flow, given: dict[str, Any], record: dict[str, Any], mapped: Mapped) -> Case:
    source, target = entity_of(flow.source), entity_of(flow.target)
    worth = target.total(document_of({}, mapped.lines, flow)) if target.total and not mapped.missing else None
    known = {"settings": given.get("settings", {}), "books": given.get("books", {})}
    return Case("golden", flow, {}, record, source.card(record), "", mapped, worth=worth, **known)


def _refused(flow: Flow, planned: dict[str, Planned]) -> dict[str, dict[str, str]]:
    """By title: the first expectation that a document does not meet."""
    suite = suite_for(INCLUDE / "expectations", flow) if planned else None
    found = broken_of(flow, suite, [vars(one) for one in planned.values()]) if suite else []
    titles = list(planned)
    return {titles[at]: {"invalid": rule.because, "remedy": rule.remedy} for at, rule, _ in reversed(found)}


@pytest.mark.feature("XER-111", "XER-112", "XER-115", "XER-117", "XER-118", "XER-119", "XER-120")
@pytest.mark.feature("XER-122", "XER-123", "XER-124", "XER-125", "XER-126", "XER-130", "XER-131", "XER-133", "XER-134")
@pytest.mark.feature("XER-135", "XER-136", "XER-137", "XER-138", "XER-139", "XER-147", "XER-148", "XER-150", "XER-151")
@pytest.mark.feature("XER-152", "XER-153", "XER-154", "XER-156", "XER-159", "XER-160", "XER-161", "XER-164", "XER-165")
@pytest.mark.feature("XER-166", "XER-167", "XER-168", "XER-172", "XER-176", "XER-177", "XER-181", "XER-109", "ACC-3")
@pytest.mark.feature("ACC-17", "ACC-18", "ACC-20", "ACC-26", "SMX-QBO-33", "SMX-QBO-39", "SMX-QBO-40", "SMX-QBO-45")
@pytest.mark.feature("SMX-QBO-55", "SMX-QBO-56", "SMX-QBO-58", "SMX-QBO-61", "SMX-QBO-62", "SMX-QBO-83", "SMX-QBO-84")
@pytest.mark.feature("SMX-QBO-86", "SMX-QBO-98", "SMX-QBO-100", "PEX-16", "PEX-22", "PEX-23", "PEX-25", "PEX-28")
@pytest.mark.parametrize("name", KEYS)
def test_records_become_what_was_agreed(name):
    assert shown(outcomes(name)) == (FOLDER / name / "expected.json").read_text()


# --- the figures of the README files ---------------------------------------------------------------------------------


# the records of one contract, and the field that names it
CONTRACTS = [
    ("xero/invoices", "commitment", "24-021-SC-001"),
    pytest.param(
        *("quickbooks_online/invoices", "commitment", "24-021-SC-001"),
        marks=pytest.mark.feature("SMX-QBO-86", "SMX-QBO-88", "SMX-QBO-89"),
    ),
    pytest.param(
        *("quickbooks_online/owner_invoices", "contract", "25-001"),
        marks=pytest.mark.feature("SMX-QBO-87", "SMX-QBO-90", "SMX-QBO-91"),
    ),
]


@pytest.mark.feature("ACC-15", "ACC-16", "ACC-18", "ACC-19", "XER-169", "XER-170", "XER-171", "XER-173")
@pytest.mark.parametrize(("name", "contract", "number"), CONTRACTS)
def test_the_months_of_one_contract_hold_and_release_what_procore_says(name, contract, number):
    records, made = _both(name)
    rows, running, total = [], Decimal(0), [Decimal(0)] * 4
    for title in [title for title, record in records.items() if record[contract]["number"] == number]:
        figures = BILLED_HELD_RELEASED[name](made[title]["document"])
        running += figures[1] - figures[2]
        total = [before + now for before, now in zip(total, figures, strict=True)]
        assert figures[3] == records[title]["current_payment_due"]
        rows.append([title.partition(":")[0], *map(_money, (*figures, running, records[title]["total_retainage"]))])
    assert _table(name) == [*rows, ["all", *map(_money, total), "", ""]]
    assert all(row[5] == row[6] for row in rows)


@pytest.mark.feature("ACC-16")
@pytest.mark.parametrize(
    ("name", "title", "reason"),
    [
        *(
            (
                f"{system}/invoices",
                "4 May: half of the retainage is released",
                "The lines of '24-021-SC-001 #4' add up to 71,224.86, and Procore says 71,224.87.",
            )
            for system in SYSTEMS
        ),
        (
            "quickbooks_online/owner_invoices",
            "3 May: a credit, and all retainage is released",
            "The lines of 'Library, complete #3' add up to 27,550.01, and Procore says 27,550.02.",
        ),
    ],
)
def test_a_bill_that_is_a_cent_off_procores_figure_is_not_sent(name, title, reason):
    record = read(name, "input.json")["records"][title]
    made = outcomes(name, {"off": record | {"current_payment_due": record["current_payment_due"] + Decimal("0.01")}})
    assert made["off"] == {"invalid": reason, "remedy": "Correct the lines or the total in Procore."}


def _of_xero(bill: dict[str, Any]) -> list[Decimal]:
    """What a bill's lines bill, hold and release, and what they add up to."""
    return _figures([(line["UnitAmount"], line["ItemCode"] == "RETAINAGE") for line in bill["LineItems"]])


def _of_quickbooks(bill: dict[str, Any]) -> list[Decimal]:
    """The same for a bill of QuickBooks, whose retainage is on accounts of its own."""
    return _figures([(line["Amount"], line.get("AccountRef") == RETAINED) for line in bill["Line"]])


def _of_sales(invoice: dict[str, Any]) -> list[Decimal]:
    """The same for a sales invoice of QuickBooks, whose retainage is on services of its own."""
    return _figures([(line["Amount"], line["ItemRef"] == WITHHELD) for line in invoice["Line"]])


RETAINED = "2150"
"""The account of retainage in the golden files."""

WITHHELD = "Retainage withheld"
"""The service of customers' retainage in the golden files."""

BILLED_HELD_RELEASED = {
    "xero/invoices": _of_xero,
    "quickbooks_online/invoices": _of_quickbooks,
    "quickbooks_online/owner_invoices": _of_sales,
}


def _figures(lines: list[tuple[Decimal, bool]]) -> list[Decimal]:
    kept = [amount for amount, is_retainage in lines if is_retainage]
    work = sum(amount for amount, is_retainage in lines if not is_retainage)
    held, released = sum(-one for one in kept if one < 0), sum(one for one in kept if one > 0)
    return [Decimal(work), Decimal(held), Decimal(released), Decimal(work - held + released)]


@pytest.mark.feature("ACC-10", "XER-127", "XER-128", "XER-129")
@pytest.mark.parametrize(
    ("system", "lines", "quantity", "price"),
    [("xero", "LineItems", "Quantity", "UnitAmount"), ("quickbooks_online", "Line", "Qty", "UnitPrice")],
)
def test_an_order_by_the_unit_adds_up_line_by_line(system, lines, quantity, price):
    [record, made] = (found["A purchase order by units"] for found in _both(f"{system}/commitments"))
    rows = [
        [
            line["Description"],
            f"{own['quantity']} {own['uom']} × {own['unit_cost']}",
            f"{line[quantity]} × {_money(line[price])}",
            _money(round(line[quantity] * line[price], 2)),
        ]
        for own, line in zip(record["line_items"], made["document"][lines], strict=True)
    ]
    assert _table(f"{system}/commitments") == [*rows, ["total", "", "", _money(record["grand_total"])]]
    assert sum(Decimal(row[3].replace(",", "")) for row in rows) == record["grand_total"]


@pytest.mark.feature("SMX-QBO-78", "SMX-QBO-79")
def test_hours_at_their_rate_are_what_the_table_says():
    made = [one["document"]["line_items"][0] for one in outcomes("procore/labour_costs").values() if "document" in one]
    rows = [[str(one["quantity"]), str(one["unit_cost"]), _money(one["amount"])] for one in made]
    assert [[Decimal(cell) for cell in row[1:3]] + [row[3]] for row in _table("procore/labour_costs")] == [
        [Decimal(hours), Decimal(rate), amount] for hours, rate, amount in rows
    ]


@pytest.mark.feature("ACC-1", "XER-175", "XER-178", "XER-179", "XER-180", "XER-182")
@pytest.mark.parametrize(
    ("name", "transfer", "paid"),
    [
        *((f"{system}/payments", "ACH 10442", "107674.00") for system in SYSTEMS),
        pytest.param("quickbooks_online/receipts", "Wire 8841", "107219.35", marks=pytest.mark.feature("ACC-21")),
    ],
)
def test_a_payment_over_two_bills_is_two_payments_that_add_up_to_it(name, transfer, paid):
    made = [one["document"] for one in outcomes(name).values() if "document" in one]
    rows = [[one["notes"], one["invoice_number"], str(one["date"]), _money(one["amount"])] for one in made]
    assert _table(name) == rows
    assert sum(one["amount"] for one in made if one["notes"] == transfer) == Decimal(paid)


@pytest.mark.feature("ACC-1", "ACC-23", "XER-148", "XER-150", "XER-155", "XER-157", "XER-158", "XER-162")
@pytest.mark.parametrize(("system", "project"), [("xero", "option_name"), ("quickbooks_online", "customer_name")])
def test_a_bill_over_three_projects_is_three_direct_costs_that_add_up_to_it(system, project):
    records, made = _both(f"{system}/job_costs")
    rows = []
    for place, (title, one) in enumerate(made.items(), 1):
        if cost := one.get("document"):
            amount = sum(line["amount"] for line in cost["line_items"])
            rows.append(
                [
                    *(str(place), records[title][project], cost["direct_cost_type"]),
                    *(cost.get("invoice_number", ""), _money(amount)),
                ]
            )
    assert _table(f"{system}/job_costs") == rows
    of_4471 = [one["amount"] for one in records.values() if one["invoice_number"] == "4471"]
    assert (len(of_4471), sum(of_4471)) == (3, Decimal("1800.00"))


@pytest.mark.feature("ACC-1", "ACC-23", "PEX-22")
def test_a_purchase_over_two_projects_is_two_direct_costs_that_add_up_to_it():
    records, made = _both("pex/purchases")
    costs = {title: one["document"] for title, one in made.items() if "document" in one}
    rows = [
        [
            *(title.partition(" ")[0], {"86": "Tower", "87": "Depot"}[cost["project_id"]], cost["invoice_number"]),
            ", ".join(line["budget_code"] for line in cost["line_items"]),
            _money(sum(line["amount"] for line in cost["line_items"])),
        ]
        for title, cost in costs.items()
    ]
    assert _table("pex/purchases") == rows
    rental = [one["amount"] for one in records.values() if one["number"] == "PEX-48102"]
    assert (len(rental), sum(rental)) == (2, Decimal("400.00"))


@pytest.mark.feature("SMX-QBO-85", "SMX-QBO-98")
def test_a_direct_cost_of_procore_is_a_bill_line_by_line():
    records, made = _both("quickbooks_online/expenses")
    rows = []
    for place, (title, one) in enumerate(made.items(), 1):
        for line in one.get("document", {}).get("Line", []):
            on = line.get("ItemRef") or f"account {line['AccountRef']}"
            rows.append([str(place), records[title]["invoice_number"] or "", on, _money(line["Amount"])])
    bills = [one["document"] for one in made.values() if "document" in one]
    total = sum(bill["SubTotal"] for bill in bills)
    assert _table("quickbooks_online/expenses") == [*rows, ["all", "", "", _money(total)]]
    assert total == sum(line["Amount"] for bill in bills for line in bill["Line"])


@pytest.mark.feature("SMX-QBO-77")
def test_time_goes_to_the_minute():
    records, made = _both("quickbooks_online/time_activities")
    rows = [
        [str(place), _money(records[title]["hours"]), str(one["document"]["Hours"]), str(one["document"]["Minutes"])]
        for place, (title, one) in enumerate(made.items(), 1)
        if "document" in one
    ]
    assert _table("quickbooks_online/time_activities") == rows
    for _, hours, whole, minutes in rows:
        assert abs(Decimal(hours) * 60 - (int(whole) * 60 + int(minutes))) <= Decimal("0.5")


def _both(name: str) -> tuple[dict[str, Any], dict[str, Any]]:
    return read(name, "input.json")["records"], outcomes(name)


def _table(name: str) -> list[list[str]]:
    """The rows of the first table of a README, without its head."""
    lines = [line for line in (FOLDER / name / "README.md").read_text().splitlines() if line.startswith("|")]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines[2:]]


def _money(amount: Decimal) -> str:
    return f"{amount:,.2f}".replace("-", "−")


if __name__ == "__main__":
    for flow_name in [name for name in KEYS if (FOLDER / name).is_dir()]:
        (FOLDER / flow_name / "expected.json").write_text(shown(outcomes(flow_name)))
