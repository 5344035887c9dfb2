"""A history played in the sandbox, as persons do things there, with the plain model beside it."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence
from decimal import Decimal
from typing import Any
from uuid import UUID

from jobledger.reports.jobcosts import job_costs
from jobledger.reports.tieout import tie_out
from jobledger.store import history
from jobledger.store.engine import reading
from tests.pipeline.histories import STAIRS, Change, Happening, Invoiced, Paid, Renamed, Sign, Spend
from tests.pipeline.linked import linked
from tests.pipeline.model import ZERO, Contract, Cost, Invoice, Item, Line, Spent, cents, total
from tests.pipeline.night import Night
from tests.pipeline.site import Row, Site

STAGES = [
    *("vendors_and_projects", "cost_codes_and_budget", "commitments_and_change_orders"),
    *("invoices_and_payments", "job_costs"),
]
_DOCUMENTS = {"bill": "invoices", "credit": "credit_notes", "spend": "bank_transactions", "refund": "bank_transactions"}
_IDS = {"invoices": "InvoiceID", "credit_notes": "CreditNoteID", "bank_transactions": "BankTransactionID"}


class TradeSite(Site):
    """The contractor's world with a third code on Tower and a second vendor."""

    def __init__(self, night: Night) -> None:
        super().__init__(night)
        self.codes[STAIRS] = self.wbs(self.stairs, "S")
        self.yard = night.company("Lumber Yard")
        night.set(due_date_rule="30 days after bill date", stages=STAGES)


class Story:
    """Acme builds on Tower; Lumber Yard sells to Tower and Depot. `play` is what persons do, `check` what holds."""

    def __init__(self, night: Night) -> None:
        self.night, self.stage = night, night.stage
        self.site = linked(TradeSite, night)
        self.contracts: list[Contract] = []
        self.costs: list[Cost] = []
        self.payments: dict[str, Decimal] = {}

    def play(self, happenings: Sequence[Happening]) -> None:
        for one in happenings:
            self.night.later(minutes=1)
            match one:
                case Sign():
                    self._sign(one)
                case Change() if self.contracts:
                    self._change(one, of(self.contracts, one.which))
                case Renamed() if self.contracts:
                    self._rename(one, of(self.contracts, one.which))
                case Invoiced() if self.contracts:
                    self._invoice(one, of(self.contracts, one.which))
                case Paid():
                    self._pay(one)
                case Spend():
                    self._spend(one)

    # --- acts ---

    def _sign(self, one: Sign) -> None:
        number = f"SC-{len(self.contracts) + 1:03d}"
        more = {"retainage_percent": one.rate, "whole_change_orders": one.whole, "number": number}
        head = {"project_id": self.site.project, "vendor_id": self.site.vendor["id"], "title": "Concrete", **more}
        rows = [self._row(line) for line in one.lines]
        [made] = self.site.seed(one.kind, {**head, "status": "Approved", "line_items": rows})
        contract = Contract(number, one.lines, one.whole, id=str(made["id"]), kind=one.kind)
        lines = [row for row in self.stage.records("procore.contract_line_items") if row["contract_id"] == made["id"]]
        for row, line in zip(sorted(lines, key=lambda row: row["position"]), one.lines, strict=True):
            contract.items["contract_item", row["id"]] = Item((line,))
        self.contracts.append(contract)

    def _change(self, one: Change, contract: Contract) -> None:
        rows = [self._row(line) for line in one.lines]
        change = {"contract_id": int(contract.id), "title": "Extra", "status": "approved", "line_items": rows}
        [made] = self.site.seed("change_order_packages", change)
        contract.changes[made["number"]] = one.lines
        if contract.whole:
            contract.items["whole_change_order_item", made["id"]] = Item(one.lines)
            return
        [potential] = [
            row["id"]
            for row in self.stage.records("procore.potential_change_orders")
            if row["package_id"] == made["id"]
        ]
        lines = self.stage.records("procore.change_order_line_items")
        lines = [row for row in lines if row["potential_change_order_id"] == potential]
        for row, line in zip(sorted(lines, key=lambda row: row["position"]), one.lines, strict=True):
            contract.items["change_order_item", row["id"]] = Item((line,))

    def _rename(self, one: Renamed, contract: Contract) -> None:
        contract.title = one.title
        self.site.seed(contract.kind, {"id": int(contract.id), "title": one.title})

    def _row(self, line: Line) -> Row:
        units: Row = {}
        if line.quantity and line.unit_cost:
            multiplied = cents(line.quantity * line.unit_cost) == line.amount
            units = {"quantity": str(line.quantity), "unit_cost": str(line.unit_cost), "uom": "cy"}
            units["extended_type"] = "calculated" if multiplied else "manual"
        return self.site.line(line.code, str(line.amount), "Concrete", **units)

    def _invoice(self, one: Invoiced, contract: Contract) -> None:
        last = contract.invoices[-1] if contract.invoices else None
        if last and not last.approved:
            self._approve(last)
            return
        invoice, months = contract.bill(one.shares, Decimal(one.rate))
        rows = [
            {
                **_names(key),
                "work_completed_this_period": str(month.work),
                "materials_presently_stored": str(month.stored),
                "work_completed_retainage_retained_this_period": str(month.kept_on_work),
                "work_completed_retainage_released_this_period": str(month.released_on_work),
                "materials_stored_retainage_currently_retained": str(month.kept_on_stored),
                "materials_stored_retainage_released_this_period": str(month.released_on_stored),
            }
            for key, month in months.items()
        ]
        place = {"id": int(contract.id), "project_id": self.site.project}
        month = 1 + len(contract.invoices) % 12
        made = self.site.invoice(place, month, *rows, status="under_review", invoice_number=invoice.number)
        invoice.id = str(made["id"])
        if one.approved:
            self._approve(invoice)

    def _approve(self, invoice: Invoice) -> None:
        self.site.seed("requisitions", {"id": int(invoice.id), "status": "approved"})
        invoice.approved = True

    def _pay(self, one: Paid) -> None:
        bills = [bill for bill in self.bills().values() if bill["Status"] == "AUTHORISED" and bill["AmountDue"] > 0]
        paid = [of(bills, one.which + place) for place in range(len(one.percents))] if bills else []
        batch = {"BatchPaymentID": str(UUID(int=len(self.payments)))} if len(paid) > 1 else {}
        for bill, percent in {bill["InvoiceID"]: (bill, p) for bill, p in zip(paid, one.percents)}.values():  # noqa: B905
            amount = max(cents(bill["AmountDue"] * percent / 100), Decimal("0.01"))
            made = self.site.pay(bill, str(amount), Reference="ACH", **batch)
            self.payments[made["PaymentID"]] = amount

    def _spend(self, one: Spend) -> None:
        rows = [self._spent(line) for line in one.lines]
        contact = {"Contact": {"ContactID": self.night.contact_of(self.site.yard)["ContactID"]}}
        number = f"Y-{len(self.costs) + 1}"
        made = {
            "bill": lambda: self.site.bill(*rows, number=number, **contact),
            "credit": lambda: self.site.supplier_credit(*rows, number=number, **contact),
            "spend": lambda: self.site.bank("SPEND", *rows, **contact),
            "refund": lambda: self.site.bank("RECEIVE", *rows, **contact),
        }[one.kind]()
        self.costs.append(Cost(one.kind, one.lines, made[_IDS[_DOCUMENTS[one.kind]]]))

    def _spent(self, line: Spent) -> Row:
        amounts = {"Quantity": line.quantity, "UnitAmount": line.price}
        return self.site.cost("0", line.project or None, line.code if line.project else None, **amounts)

    # --- what is there ---

    def bills(self) -> dict[str, Row]:
        """The bills that carry our mark, by the id of the invoice that they came from."""
        marked = [one for one in self.stage.records("xero.invoices") if "#procore-" in (one.get("Url") or "")]
        found = {one["Url"].partition("#procore-")[2]: one for one in marked}
        assert len(found) == len(marked), "two bills of one invoice"
        return found

    def every_invoice(self) -> list[tuple[Contract, Invoice]]:
        return [(contract, invoice) for contract in self.contracts for invoice in contract.invoices]

    # --- what holds after every night ---

    def check(self) -> None:
        self._check_orders()
        self._check_bills()
        self._check_retainage()
        self._check_payments()
        self._check_costs()
        self._check_reports()
        self._check_runs()

    def _check_orders(self) -> None:
        orders = {one["PurchaseOrderNumber"]: one for one in self.stage.records("xero.purchase_orders")}
        assert len(self.stage.records("xero.purchase_orders")) == len(self.contracts)
        for contract in self.contracts:
            order = orders[contract.number]
            lines = order["LineItems"]
            assert Counter((one["ItemCode"], one["Quantity"], one["UnitAmount"]) for one in lines) == contract.order()
            assert (order["SubTotal"], order["Reference"]) == (contract.total, contract.title)
            numbers = [one["Description"][3:6] for one in lines if one["Description"].startswith("CO ")]
            assert numbers == sorted(numbers)
            assert all(one["Description"].startswith("CO ") for one in lines[len(contract.lines) :])

    def _check_bills(self) -> None:
        bills = self.bills()
        assert bills.keys() == {invoice.id for _, invoice in self.every_invoice() if invoice.exports}
        for contract, invoice in self.every_invoice():
            if invoice.exports:
                bill = bills[invoice.id]
                lines = Counter((one["ItemCode"], one["LineAmount"]) for one in bill["LineItems"])
                assert lines == invoice.bill(), invoice.number
                assert (bill["SubTotal"], bill["InvoiceNumber"]) == (invoice.due, contract.number)
        invalid = {invoice.id for _, invoice in self.every_invoice() if invoice.approved and invoice.due < 0}
        assert {one.source_id for one in self.night.open("invoices")} == invalid

    def _check_retainage(self) -> None:
        bills = self.bills()
        latest = [str(contract.invoices[-1].id) for contract in self.contracts if contract.invoices]
        procore = {row["commitment_id"]: row for row in self.stage.procore().fetch("invoices", latest)}
        for contract in self.contracts:
            mine = [bills[one.id] for one in contract.invoices if one.exports]
            held = -total(
                line["LineAmount"] for bill in mine for line in bill["LineItems"] if line["ItemCode"] == "RETAINAGE"
            )
            waiting = total(one.retained for one in contract.invoices if not one.exports)
            in_procore = procore[int(contract.id)]["total_retainage"] if contract.invoices else ZERO
            assert in_procore == contract.retained == held + waiting, contract.number

    def _check_payments(self) -> None:
        issued = self.stage.records("procore.contract_payments")
        paid = {f"xero:payment:{key}": amount for key, amount in self.payments.items()}
        assert {one["origin_id"]: Decimal(one["amount"]) for one in issued} == paid
        assert len(issued) == len(paid)
        for invoice_id, bill in self.bills().items():
            mine = [one for one in issued if str(one["requisition_id"]) == invoice_id]
            assert total(Decimal(one["amount"]) for one in mine) == bill["Total"] - bill["AmountDue"]

    def _check_costs(self) -> None:
        lines = self.stage.records("procore.direct_cost_line_items")
        options = {name: self.site.option(name)["TrackingOptionID"] for name in ("Tower", "Depot")}
        projects = {"Tower": self.site.project, "Depot": self.site.depot}
        codes = {one["id"]: one["flat_code"] for one in self.stage.records("procore.wbs_codes")}
        wanted = {
            (f"xero:cost:{cost.kind}:{cost.id}/{options[name]}", projects[name]): lines
            for cost in self.costs
            for name, lines in cost.of_projects().items()
        }
        found = {}
        for one in self.site.costs():
            mine = [row for row in lines if row["direct_cost_id"] == one["id"]]
            amounts = Counter((codes[row["wbs_code_id"]], Decimal(row["amount"])) for row in mine)
            assert found.setdefault((one["origin_id"], one["project_id"]), amounts) is amounts
            assert one["status"] == "approved"
        assert found == wanted

    def _check_reports(self) -> None:
        papers = self.night.papers()
        invoiced, spent = self._invoiced(), self._spent_by_code()
        for one in filter(lambda one: one.project, job_costs(papers)):
            billed, bought = (
                invoiced.pop((one.project, one.cost_code), ZERO),
                spent.pop((one.project, one.cost_code), ZERO),
            )
            figures = (one.job_to_date, one.commitment_invoiced, one.direct_costs, one.in_procore)
            assert figures == (billed + bought, billed, bought, bought), (one.project, one.cost_code)
        assert not any((*invoiced.values(), *spent.values()))
        tied = tie_out(papers)
        assert tied.unexplained == []
        assert {one.cause for one in tied.differences} <= {"invalid", "unlinked"}

    def _invoiced(self) -> dict[tuple[str, str], Decimal]:
        """What exported invoices bill, by project and code."""
        found: dict[tuple[str, str], Decimal] = defaultdict(Decimal)
        for _, invoice in self.every_invoice():
            for code, amount in invoice.work if invoice.exports else ():
                found[str(self.site.project), code] += amount
        return found

    def _spent_by_code(self) -> dict[tuple[str, str], Decimal]:
        """What began in the books, by project and code."""
        projects = {"Tower": str(self.site.project), "Depot": str(self.site.depot)}
        found: dict[tuple[str, str], Decimal] = defaultdict(Decimal)
        for cost in self.costs:
            for name, lines in cost.of_projects().items():
                for (code, amount), times in lines.items():
                    found[projects[name], code] += amount * times
        return found

    def _check_runs(self) -> None:
        with reading(self.night.engine) as connection:
            rows = history.runs(connection, self.night.pair, 5)
        for row in rows:
            assert Decimal(row.money.get("difference", "0")) == 0, (row.flow, row.money)
            assert row.state == "done"


def of(some: Sequence[Any], which: int) -> Any:
    return some[which % len(some)]


def _names(key: tuple[str, Any]) -> Row:
    kind, record_id = key
    name = "change_order_package_id" if kind == "whole_change_order_item" else "line_item_id"
    return {"item_type": kind, name: record_id}
