"""A history of events on both sides, played in the sandbox, beside the table of what becomes of them (ACC-30)."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from jobledger.reports.tieout import tie_out
from jobledger.store import history
from jobledger.store.engine import reading
from tests.pipeline.histories import Event
from tests.pipeline.linked import site_of
from tests.pipeline.model import Pair
from tests.pipeline.night import Night
from tests.pipeline.site import SLABS, WALLS, Row
from tests.pipeline.story import STAGES, of

FLOWS = ("commitments", "change_orders", "invoices", "payments", "job_costs")
MOST = 3
"""Of each kind of document."""


@dataclass
class Contract:
    """A commitment, with the ids of its lines, and its purchase order once it has one."""

    id: int
    number: str
    """The number that its order has or will have."""

    lines: list[int]
    pair: Pair
    changes: list[Change] = field(default_factory=list)
    invoices: list[Invoice] = field(default_factory=list)
    deleted: bool = False
    was_gone: bool = False
    foreign: int = 0
    """How many lines a person has put into the order."""


@dataclass
class Change:
    """A change order."""

    id: int
    number: str
    line: int
    pair: Pair
    contract: Contract
    deleted: bool = False


@dataclass
class Invoice:
    """A subcontractor invoice, with the payments of its bill."""

    id: int
    item: Row
    pair: Pair
    payments: dict[str, Pair] = field(default_factory=dict)
    dropped: bool = False
    """Whether it was deleted: Procore tells that only to who reads the whole list."""


@dataclass
class Cost:
    """A bill or purchase that began in the books, with a pair for each project that it was ever coded to."""

    kind: str
    id: str
    pairs: dict[str, Pair]
    removed: set[str] = field(default_factory=set)
    """The projects whose direct cost a person has deleted: Procore tells that only to who reads the whole list."""


class Impossible(Exception):
    """Nobody can do that at this moment."""


class Fates:
    """Acme builds on Tower; what it sells besides goes to Tower or Depot."""

    def __init__(self, night: Night) -> None:
        night.set(stages=STAGES, due_date_rule="30 days after bill date", purchase_order_status="authorised")
        self.night, self.stage, self.site = night, night.stage, site_of(night)
        self.site.seed("settings", {"id": "locks", "commitments": "open", "change_orders": "open"})
        self.contracts: list[Contract] = []
        self.costs: list[Cost] = []

    def play(self, events: Iterable[Event]) -> None:
        for event in events:
            self.night.later(minutes=1)
            act: Callable[[int, Decimal], None] = getattr(self, event.act)
            try:
                act(event.which, event.amount)
            except (Impossible, ValueError):
                continue

    # --- commitments in Procore ---

    def sign(self, which: int, amount: Decimal) -> None:
        number = f"SC-{len(self.contracts) + 1:03d}"
        lines = (self.site.line(WALLS, str(amount), "Walls"), self.site.line(SLABS, "500.00", "Slabs"))
        made = self.site.subcontract(*lines, number=number, title=number)
        rows = [row for row in self.stage.records("procore.contract_line_items") if row["contract_id"] == made["id"]]
        pair = Pair("commitments", {"title": number, "lines": (amount, Decimal(500))})
        self.contracts.append(Contract(made["id"], number, sorted(row["id"] for row in rows), pair))

    def retitle(self, which: int, amount: Decimal) -> None:
        contract = self._contract(which)
        self._contract_set(contract, title=f"Title {amount}")
        contract.pair.ours["title"] = f"Title {amount}"

    def renumber(self, which: int, amount: Decimal) -> None:
        """The order keeps the number that it was made with."""
        contract = self._contract(which)
        self._contract_set(contract, number=f"SC-{amount}")
        contract.number = contract.number if contract.pair.linked else f"SC-{amount}"

    def reprice(self, which: int, amount: Decimal) -> None:
        contract = self._contract(which)
        _need(not contract.pair.gone)
        self.site.seed("contract_line_items", {"id": contract.lines[0], "amount": str(amount)})
        contract.pair.ours["lines"] = (amount, *contract.pair.ours["lines"][1:])

    def void(self, which: int, amount: Decimal) -> None:
        contract = self._contract(which)
        _need(not contract.deleted)
        self._contract_set(contract, status="Void")
        contract.pair.gone, contract.pair.stands, contract.was_gone = True, False, True

    def withdraw(self, which: int, amount: Decimal) -> None:
        contract = self._contract(which)
        _need(not contract.deleted)
        self._contract_set(contract, status="Draft")
        contract.pair.gone, contract.pair.stands = False, False

    def approve(self, which: int, amount: Decimal) -> None:
        """Approved again, or restored."""
        contract = self._contract(which)
        self._contract_set(contract, status="Approved", deleted_at=None)
        contract.pair.gone, contract.pair.stands, contract.deleted = False, True, False

    def delete(self, which: int, amount: Decimal) -> None:
        contract = self._contract(which)
        _need(not contract.invoices)
        self.stage.sandbox.vendors["procore"].remove("work_order_contracts", str(contract.id))
        contract.pair.gone = contract.deleted = contract.was_gone = True

    def _contract_set(self, contract: Contract, **fields: Any) -> None:
        self.site.seed("work_order_contracts", {"id": contract.id, **fields})

    # --- change orders in Procore ---

    def extend(self, which: int, amount: Decimal) -> None:
        self._extend(self._contract(which), amount, "approved")

    def propose(self, which: int, amount: Decimal) -> None:
        self._extend(self._contract(which), amount, "pending")

    def _extend(self, contract: Contract, amount: Decimal, status: str) -> None:
        _need(not contract.pair.gone and len(contract.changes) < MOST)
        row = self.site.line(WALLS, str(amount), "Extra")
        sent = {"contract_id": contract.id, "title": "Extra", "status": status, "line_items": [row]}
        [made] = self.site.seed("change_order_packages", sent)
        line = max(row["id"] for row in self.stage.records("procore.change_order_line_items"))
        pair = Pair("change_orders", {"lines": (amount,)}, stands=status == "approved")
        contract.changes.append(Change(made["id"], made["number"], line, pair, contract))

    def approve_change(self, which: int, amount: Decimal) -> None:
        """Approved, or restored."""
        change = self._change(which)
        self._change_set(change, status="approved", deleted_at=None)
        change.pair.gone, change.pair.stands, change.deleted = False, True, False

    def void_change(self, which: int, amount: Decimal) -> None:
        change = self._change(which)
        _need(not change.deleted)
        self._change_set(change, status="void")
        change.pair.gone, change.pair.stands = True, False

    def reopen_change(self, which: int, amount: Decimal) -> None:
        change = self._change(which)
        _need(not change.deleted)
        self._change_set(change, status="pending")
        change.pair.gone, change.pair.stands = False, False

    def reprice_change(self, which: int, amount: Decimal) -> None:
        change = self._change(which)
        _need(not change.pair.gone and not change.contract.pair.gone)
        self.site.seed("change_order_line_items", {"id": change.line, "amount": str(amount)})
        change.pair.ours["lines"] = (amount,)

    def delete_change(self, which: int, amount: Decimal) -> None:
        change = self._change(which)
        _need(not change.pair.gone and not change.contract.pair.gone)
        self.stage.sandbox.vendors["procore"].remove("change_order_packages", str(change.id))
        change.pair.gone = change.deleted = True

    def _change_set(self, change: Change, **fields: Any) -> None:
        _need(not change.contract.pair.gone)
        self.site.seed("change_order_packages", {"id": change.id, **fields})

    # --- invoices in Procore ---

    def invoice(self, which: int, amount: Decimal) -> None:
        self._invoice(self._contract(which), amount, "approved")

    def submit(self, which: int, amount: Decimal) -> None:
        self._invoice(self._contract(which), amount, "under_review")

    def _invoice(self, contract: Contract, amount: Decimal, status: str) -> None:
        _need(contract.pair.stands and len(contract.invoices) < MOST)
        _need(not any(one.dropped for one in contract.invoices))  # is the new one the same again? a person decides
        work = {"line_item_id": contract.lines[1], "work_completed_this_period": str(amount)}
        number = f"{contract.id}/{len(contract.invoices) + 1}"
        place = {"id": contract.id, "project_id": self.site.project}
        made = self.site.invoice(place, 1 + len(contract.invoices), work, status=status, invoice_number=number)
        pair = Pair("invoices", {"lines": _billed(amount)}, stands=status == "approved")
        contract.invoices.append(Invoice(made["id"], work, pair))

    def accept(self, which: int, amount: Decimal) -> None:
        """An invoice is approved, or approved again."""
        invoice = self._an_invoice(which)
        self.site.seed("requisitions", {"id": invoice.id, "status": "approved"})
        invoice.pair.stands = True

    def reopen(self, which: int, amount: Decimal) -> None:
        """An administrator unlocks an invoice and sends it back to its author."""
        invoice = self._unlocked(which)
        self.site.seed("requisitions", {"id": invoice.id, "status": "revise_and_resubmit"})
        invoice.pair.stands = False

    def rebill(self, which: int, amount: Decimal) -> None:
        invoice = self._unlocked(which)
        work = {**invoice.item, "work_completed_this_period": str(amount)}
        self.site.seed("requisitions", {"id": invoice.id, "items": [work]})
        invoice.pair.ours["lines"] = _billed(amount)

    def drop(self, which: int, amount: Decimal) -> None:
        """An invoice is deleted."""
        invoice = self._an_invoice(which)
        _need(not invoice.payments)
        self._unlocked(which)
        self.stage.sandbox.vendors["procore"].remove("requisitions", str(invoice.id))
        invoice.pair.gone = invoice.dropped = True

    def _unlocked(self, which: int) -> Invoice:
        invoice = self._an_invoice(which)
        self.site.seed("requisitions", {"id": invoice.id, "origin_id": None})
        return invoice

    # --- orders in Xero ---

    def edit_order(self, which: int, amount: Decimal) -> None:
        contract, order = self._order(which)
        lines = [dict(line) for line in order["LineItems"]]
        next(line for line in lines if line["Description"] == "Walls")["UnitAmount"] = amount
        self._relined(order, lines)
        contract.pair.theirs["lines"] = (amount, *contract.pair.theirs["lines"][1:])

    def rename_order(self, which: int, amount: Decimal) -> None:
        contract, order = self._order(which)
        self.site.change("purchase_orders", order, Reference=f"Ours {amount}")
        contract.pair.theirs["title"] = f"Ours {amount}"

    def add_line(self, which: int, amount: Decimal) -> None:
        contract, order = self._order(which)
        self._relined(order, [*order["LineItems"], self.site.cost(str(amount), Description="Foreign")])
        contract.foreign += 1

    def delete_order(self, which: int, amount: Decimal) -> None:
        contract, order = self._order(which)
        self.site.change("purchase_orders", order, Status="DELETED")
        for one in (contract, *contract.changes):
            one.pair.there = False

    def bill_order(self, which: int, amount: Decimal) -> None:
        self._order_status(which, "BILLED")

    def unbill_order(self, which: int, amount: Decimal) -> None:
        self._order_status(which, "AUTHORISED")

    def _order_status(self, which: int, status: str) -> None:
        contract, order = self._order(which)
        _need(order["Status"] != status)
        self.site.change("purchase_orders", order, Status=status)
        for one in (contract, *contract.changes):
            one.pair.locked = status == "BILLED"

    def _relined(self, order: Row, lines: Sequence[Row]) -> None:
        self.site.change("purchase_orders", order, LineItems=[_as_typed(line) for line in lines])

    # --- bills and payments in Xero ---

    def edit_bill(self, which: int, amount: Decimal) -> None:
        invoice, bill = self._bill(which)
        lines = [_as_typed(line) for line in bill["LineItems"]]
        lines[0]["UnitAmount"] = amount
        self.site.change("invoices", bill, LineItems=lines)
        invoice.pair.theirs["lines"] = (amount, *invoice.pair.theirs["lines"][1:])

    def void_bill(self, which: int, amount: Decimal) -> None:
        invoice, bill = self._bill(which)
        self.site.change("invoices", bill, Status="VOIDED")
        invoice.pair.there = False

    def credit_bill(self, which: int, amount: Decimal) -> None:
        invoice, bill = self._bill(which)
        _need(bill["AmountDue"] > 1)
        self.site.apply_credit(bill, "1.00")
        invoice.pair.credited = True

    def pay(self, which: int, amount: Decimal) -> None:
        invoice, bill = self._bill(which)
        paid = min(amount, bill["AmountDue"])
        made = self.site.pay(bill, str(paid))
        invoice.payments[made["PaymentID"]] = Pair("payments", {"amount": paid})
        invoice.pair.locked = True

    def unpay(self, which: int, amount: Decimal) -> None:
        invoice, key, pair = self._payment(which)
        self.site.change("payments", {"PaymentID": key}, Status="DELETED")
        pair.gone = True
        invoice.pair.locked = any(not one.gone for one in invoice.payments.values())

    # --- costs in Xero ---

    def enter(self, which: int, amount: Decimal) -> None:
        self._enter("bill", which, amount, "AUTHORISED")

    def draft(self, which: int, amount: Decimal) -> None:
        self._enter("bill", which, amount, "DRAFT")

    def spend(self, which: int, amount: Decimal) -> None:
        self._enter("spend", which, amount, "AUTHORISED")

    def _enter(self, kind: str, which: int, amount: Decimal, status: str) -> None:
        _need(len(self.costs) < MOST)
        project, line = _project(which), self.site.cost(str(amount), _project(which))
        number = f"Y-{len(self.costs) + 1}"
        made = (
            self.site.bill(line, number=number, Status=status)
            if kind == "bill"
            else self.site.bank("SPEND", line, Reference=number)
        )
        pair = Pair("job_costs", {"lines": (amount,)}, stands=status == "AUTHORISED")
        self.costs.append(Cost(kind, made.get("InvoiceID") or made["BankTransactionID"], {project: pair}))

    def authorise(self, which: int, amount: Decimal) -> None:
        cost, record, pair = self._cost(which)
        _need(record["Status"] == "DRAFT")
        self._cost_set(cost, record, Status="AUTHORISED")
        pair.stands = True

    def edit_cost(self, which: int, amount: Decimal) -> None:
        cost, record, pair = self._cost(which)
        self._cost_set(cost, record, LineItems=[{**_as_typed(record["LineItems"][0]), "UnitAmount": amount}])
        pair.ours["lines"] = (amount,)

    def recode(self, which: int, amount: Decimal) -> None:
        """A cost goes to the other project; its line stays the same."""
        cost, record, pair = self._cost(which)
        other = next(name for name in ("Tower", "Depot") if cost.pairs.get(name) is not pair)
        line = {**_as_typed(record["LineItems"][0]), "Tracking": [self.site.option(other)]}
        self._cost_set(cost, record, LineItems=[line])
        moved = cost.pairs.setdefault(other, Pair("job_costs", {}, stands=pair.stands))
        moved.ours, moved.gone, moved.stands = dict(pair.ours), False, pair.stands
        pair.gone = True

    def void_cost(self, which: int, amount: Decimal) -> None:
        cost, record, pair = self._cost(which)
        voided = "VOIDED" if cost.kind == "bill" and record["Status"] == "AUTHORISED" else "DELETED"
        self._cost_set(cost, record, Status=voided)
        pair.gone = True

    def _cost_set(self, cost: Cost, record: Row, **fields: Any) -> None:
        self.site.change("invoices" if cost.kind == "bill" else "bank_transactions", record, **fields)

    # --- counterparts in Procore ---

    def remove_payment(self, which: int, amount: Decimal) -> None:
        """An administrator of Procore unlocks a payment issued and deletes it."""
        _, key, pair = self._payment(which)
        self._remove_there("contract_payments", self._issued(key))
        pair.there = False

    def remove_cost(self, which: int, amount: Decimal) -> None:
        cost, _, pair = self._cost(which)
        self._remove_there("direct_costs", self._direct_cost(cost, pair))
        pair.there = False
        cost.removed |= {name for name, one in cost.pairs.items() if one is pair}

    def edit_direct_cost(self, which: int, amount: Decimal) -> None:
        cost, _, pair = self._cost(which)
        there = self._direct_cost(cost, pair)
        self.site.seed("direct_costs", {"id": there["id"], "origin_id": None})
        [line] = self._lines_of(there)
        sent = {"id": line["id"], "amount": str(amount), "extended_type": "manual"}
        self.site.seed("direct_cost_line_items", sent)
        self.site.seed("direct_costs", {"id": there["id"], "origin_id": there["origin_id"]})
        pair.theirs["lines"] = (amount,)

    def _remove_there(self, entity: str, record: Row) -> None:
        self.site.seed(entity, {"id": record["id"], "origin_id": None})
        self.stage.sandbox.vendors["procore"].remove(entity, str(record["id"]))

    # --- which one ---

    def _contract(self, which: int) -> Contract:
        return _one(self.contracts, which)

    def _change(self, which: int) -> Change:
        return _one([change for contract in self.contracts for change in contract.changes], which)

    def _an_invoice(self, which: int) -> Invoice:
        alive = [one for one in self._invoices() if not one.pair.gone]
        return _one(alive, which)

    def _invoices(self) -> list[Invoice]:
        return [invoice for contract in self.contracts for invoice in contract.invoices]

    def _order(self, which: int) -> tuple[Contract, Row]:
        contract = _one([one for one in self.contracts if one.pair.there], which)
        return contract, self._order_of(contract)

    def _order_of(self, contract: Contract) -> Row:
        target = self.night.links("commitments")[str(contract.id)]
        return next(one for one in self.stage.records("xero.purchase_orders") if one["PurchaseOrderID"] == target)

    def _bill(self, which: int) -> tuple[Invoice, Row]:
        invoice = _one([one for one in self._invoices() if one.pair.there], which)
        return invoice, self.site.bill_of({"id": invoice.id})

    def _payment(self, which: int) -> tuple[Invoice, str, Pair]:
        live = [(one, *found) for one in self._invoices() for found in one.payments.items() if not found[1].gone]
        return _one(live, which)

    def _issued(self, key: str) -> Row:
        found = [one for one in self.site.issued() if one["origin_id"] == f"xero:payment:{key}"]
        return _one(found, 0)

    def _cost(self, which: int) -> tuple[Cost, Row, Pair]:
        """A cost that was not voided, as it is in Xero, and the pair of the project that it is coded to."""
        live = [(one, pair) for one in self.costs for pair in one.pairs.values() if not pair.gone]
        cost, pair = _one(live, which)
        name = "xero.invoices" if cost.kind == "bill" else "xero.bank_transactions"
        key = "InvoiceID" if cost.kind == "bill" else "BankTransactionID"
        return cost, next(one for one in self.stage.records(name) if one[key] == cost.id), pair

    def _direct_cost(self, cost: Cost, pair: Pair) -> Row:
        project = next(name for name, one in cost.pairs.items() if one is pair)
        found = [one for one in self.site.costs() if one["origin_id"] == self._origin_of(cost, project)]
        return _one(found, 0)

    def _origin_of(self, cost: Cost, project: str) -> str:
        return f"xero:cost:{cost.kind}:{cost.id}/{self.site.option(project)['TrackingOptionID']}"

    def _lines_of(self, direct_cost: Row) -> list[Row]:
        rows = self.stage.records("procore.direct_cost_line_items")
        return [row for row in rows if row["direct_cost_id"] == direct_cost["id"]]

    # --- a night, and what holds after it ---

    def sleep(self) -> None:
        """A night, in the sandbox and in the model."""
        self.site.documents()
        for contract in self.contracts:
            contract.pair.night()
            for change in contract.changes:
                self._night_of(change)
            for invoice in contract.invoices:
                invoice.pair.night()
                for payment in invoice.payments.values():
                    payment.night(refused=invoice.dropped)
        for pair in (pair for cost in self.costs for pair in cost.pairs.values()):
            pair.night()

    def _night_of(self, change: Change) -> None:
        """A change order comes and goes with its commitment."""
        pair, order = change.pair, change.contract.pair
        if order.gone:
            pair.open = ""
        elif not pair.linked and pair.stands and not pair.gone and not (order.there and not order.locked):
            pair.open = "conflict" if order.linked else "blocked"
        else:
            pair.locked = order.locked
            pair.night()
        pair.there = pair.there and order.there

    def check(self) -> None:
        assert self._there() == self._expected()
        assert self._open() | self._noticed_later() == self._expected_open() | self._noticed_later()
        self._check_foreign_lines()
        with reading(self.night.engine) as connection:
            rows = history.runs(connection, self.night.pair, len(FLOWS))
        assert tie_out(self.night.papers()).unexplained == []
        differing = {pair.flow for pair in self._pairs().values() if pair.there and pair.theirs != pair.ours}
        assert {row.flow for row in rows if Decimal(row.money.get("difference", "0"))} <= differing

    def _check_foreign_lines(self) -> None:
        for contract in self.contracts:
            if contract.pair.there:
                lines = self._order_of(contract)["LineItems"]
                assert sum(line["Description"] == "Foreign" for line in lines) == contract.foreign

    def _expected(self) -> dict[str, Any]:
        """What each counterpart says that should be there."""
        return {name: pair.theirs for name, pair in self._pairs().items() if pair.there}

    def _pairs(self) -> dict[str, Pair]:
        """Every record with its counterpart, by the counterpart's name."""
        pairs: dict[str, Pair] = {}
        for contract in self.contracts:
            pairs[f"order {contract.id}"] = contract.pair
            pairs |= {f"change {one.id}": one.pair for one in contract.changes}
            pairs |= {f"bill {one.id}": one.pair for one in contract.invoices}
            pairs |= {f"payment {key}": one for each in contract.invoices for key, one in each.payments.items()}
        for cost in self.costs:
            pairs |= {f"cost {self._origin_of(cost, name)}": pair for name, pair in cost.pairs.items()}
        return pairs

    def _there(self) -> dict[str, Any]:
        """What each counterpart says that is there."""
        found: dict[str, Any] = {}
        numbers = {contract.number: contract for contract in self.contracts}
        for order in self.stage.records("xero.purchase_orders"):
            if order["Status"] != "DELETED":
                contract = numbers[order["PurchaseOrderNumber"]]
                own = [line for line in order["LineItems"] if line["Description"] in ("Walls", "Slabs")]
                _put(found, f"order {contract.id}", {"title": order["Reference"], "lines": _amounts(own)})
                for change in contract.changes:
                    head = f"CO {change.number} – "
                    lines = [line for line in order["LineItems"] if line["Description"].startswith(head)]
                    if lines:
                        _put(found, f"change {change.id}", {"lines": _amounts(lines)})
        for bill in self.stage.records("xero.invoices"):
            mark = (bill.get("Url") or "").partition("#procore-")[2]
            if mark and bill["Status"] != "VOIDED":
                _put(found, f"bill {mark}", {"lines": _amounts(bill["LineItems"])})
        for payment in self.site.issued():
            key = payment["origin_id"].removeprefix("xero:payment:")
            _put(found, f"payment {key}", {"amount": Decimal(payment["amount"])})
        for cost in self.site.costs():
            amounts = tuple(Decimal(line["amount"]) for line in self._lines_of(cost))
            _put(found, f"cost {cost['origin_id']}", {"lines": amounts})
        return found

    def _open(self) -> dict[tuple[str, str], str]:
        return {(one.flow, one.source_id): one.outcome for flow in FLOWS for one in self.night.open(flow)}

    def _expected_open(self) -> dict[tuple[str, str], str]:
        found: dict[tuple[str, str], str] = {}
        for contract in self.contracts:
            found["commitments", str(contract.id)] = contract.pair.open
            for change in contract.changes:
                found["change_orders", str(change.id)] = change.pair.open
            for invoice in contract.invoices:
                found["invoices", str(invoice.id)] = invoice.pair.open
                found |= {("payments", key): pair.open for key, pair in invoice.payments.items()}
        for cost in self.costs:
            for name, pair in cost.pairs.items():
                found["job_costs", self._origin_of(cost, name).removeprefix("xero:cost:")] = pair.open
        return {key: outcome for key, outcome in found.items() if outcome}

    def _noticed_later(self) -> dict[tuple[str, str], str]:
        """What may be open already, or only after the next whole reading."""
        later = "conflict, or not noticed yet"
        origins = (self._origin_of(cost, name) for cost in self.costs for name in cost.removed)
        costs = {("job_costs", origin.removeprefix("xero:cost:")): later for origin in origins}
        invoices = {("invoices", str(one.id)): later for one in self._invoices() if one.dropped and one.pair.linked}
        changes = [change for contract in self.contracts if contract.was_gone for change in contract.changes]
        lost = {("change_orders", str(one.id)): later for one in changes if one.pair.linked and not one.pair.there}
        return costs | invoices | lost


def _need(possible: bool) -> None:
    if not possible:
        raise Impossible


def _one(some: Sequence[Any], which: int) -> Any:
    _need(bool(some))
    return of(some, which)


def _put(found: dict[str, Any], name: str, content: Any) -> None:
    assert name not in found, f"{name} is there twice"
    found[name] = content


def _project(which: int) -> str:
    return ("Tower", "Depot")[which % 2]


def _billed(amount: Decimal) -> tuple[Decimal, ...]:
    """The lines of an invoice over an amount, a tenth of which is retained."""
    held = (amount / 10).quantize(Decimal("0.01"), "ROUND_HALF_UP")
    return (amount, -held) if held else (amount,)


def _amounts(lines: Iterable[Row]) -> tuple[Decimal, ...]:
    return tuple(line["LineAmount"] for line in lines)


def _as_typed(line: Row) -> Row:
    """A line as a person leaves it in a form that is saved again."""
    return {name: value for name, value in line.items() if name not in ("LineAmount", "TaxAmount")}
