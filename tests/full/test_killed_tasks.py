"""A task is killed (SIGKILL) under the real scheduler, once in each kind of write; Airflow's own retry finishes it."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from demo.api import Record
from demo.follow import follow
from jobledger.reports.tieout import tie_out
from jobledger.store.tables import intent
from sandbox.faults import Fault, Kind
from tests.deployment import INTEGRATION, Deployment, deployed, process_of
from tests.embedded_postgres import EmbeddedPostgres
from tests.pipeline.desk import Desk, lines
from tests.pipeline.night import STAGE_1, STAGE_2

pytestmark = [pytest.mark.full, pytest.mark.timeout(600)]

FLOWS = [
    *("companies", "projects", "cost_codes"),
    *("commitments", "change_orders", "invoices", "payments", "job_costs"),
]
DAG = f"{INTEGRATION}.vendors_and_projects"
DAG_FILE = f'''"""Flows of all stages in one Airflow DAG, which is sooner done; a task is tried again at once."""

from datetime import timedelta

from jobledger import stages

stages.TASKS |= {{"retry_delay": timedelta(0), "retry_exponential_backoff": False}}
stages.stage_dags("vendors_and_projects", {FLOWS}, __doc__)
'''


@dataclass
class Strike:
    """The flow whose load is to be killed, during which request, and whether the vendor carries that out."""

    flow: str
    system: str
    method: str
    path: str
    carried_out: bool = True
    killed: datetime | None = field(default=None, init=False)
    fault: Fault = field(init=False)

    def __post_init__(self) -> None:
        kind: Kind = "slow" if self.carried_out else "timeout"
        self.fault = Fault(kind=kind, system=self.system, method=self.method, path=self.path, seconds=300, times=1)

    @property
    def task(self) -> str:
        return f"{self.flow}.load"


Held = Callable[[Desk], Any]


def stored(table: str, *fields: str) -> Held:
    """Those fields of all records of a table, in order."""
    return lambda desk: sorted(tuple(str(row[one]) for one in fields) for row in desk.stage.records(table))


def live_orders(desk: Desk) -> dict[str, Any]:
    return {order["PurchaseOrderNumber"]: lines(order) for order in desk.orders()}


def ids_in_procore(desk: Desk) -> bool:
    """Whether each subcontract that is carried over names its order."""
    rows = desk.stage.records("procore.work_order_contracts")
    named = {str(row["id"]): str(row["origin_id"]).rpartition(":")[2] for row in rows if row["status"] != "Void"}
    return named.items() <= desk.night.links("commitments").items()


WALLS_AND_SLABS = [("Walls", "10000.00"), ("Slabs", "5000.00")]
ORDERS = {
    "SC-001": [*WALLS_AND_SLABS, ("CO 001 – Drains", "500.00")],
    "SC-003": WALLS_AND_SLABS,
    "SC-004": WALLS_AND_SLABS,
}
COMMITMENTS = "work_order_contracts"

KINDS: Mapping[str, tuple[Strike, Held, Any]] = {
    "contacts": (
        Strike("companies", "xero", "PUT", "/Contacts"),
        stored("xero.contacts", "Name"),
        [("Acme",), ("Bolt Electric",), ("Crane Hire",)],
    ),
    "tracking options": (
        Strike("projects", "xero", "PUT", "/Options"),
        stored("xero.tracking_options", "Name"),
        [("Depot",), ("Mill",), ("Tower",), ("Yard",)],
    ),
    "items": (
        Strike("cost_codes", "xero", "PUT", "/Items"),
        stored("xero.items", "Code"),
        [("03-300.S",), ("03-310.M",), ("03-320.S",), ("RETAINAGE",)],
    ),
    "an order that is deleted": (
        Strike("commitments", "xero", "POST", "/PurchaseOrders"),
        lambda desk: desk.order("SC-002")["Status"],
        "DELETED",
    ),
    "orders": (Strike("commitments", "xero", "PUT", "/PurchaseOrders"), live_orders, ORDERS),
    "ids in Procore": (Strike("commitments", "procore", "PATCH", COMMITMENTS, carried_out=False), ids_in_procore, True),
    "an order that is amended": (
        Strike("change_orders", "xero", "POST", "/PurchaseOrders"),
        lambda desk: live_orders(desk)["SC-001"],
        ORDERS["SC-001"],
    ),
    "bills": (
        Strike("invoices", "xero", "PUT", "/Invoices"),
        lambda desk: [str(bill["SubTotal"]) for bill in desk.bills() if bill.get("Url")],
        ["900.00", "1800.00", "1800.00"],
    ),
    "payments": (
        Strike("payments", "procore", "POST", "contract_payments"),
        stored("procore.contract_payments", "amount"),
        [("900.00",)],
    ),
    "direct costs": (
        Strike("job_costs", "procore", "PATCH", "direct_costs/sync"),
        stored("procore.direct_costs", "invoice_number"),
        [("1001",), ("1002",)],
    ),
    "lines of direct costs": (
        Strike("job_costs", "procore", "PATCH", "line_items/sync", carried_out=False),
        stored("procore.direct_cost_line_items", "amount"),
        [("4.00",), ("50.00",), ("96.00",)],
    ),
}
"""For each kind of write: when its task is killed, what the vendor then holds of it, and what that must be."""
STRIKES = [strike for strike, _, _ in KINDS.values()]


def work_of_persons(desk: Desk) -> None:
    """What was carried over on the days before, and what persons have done since."""
    night = desk.night
    night.run(*STAGE_1)
    night.run(*STAGE_2)
    amended, dropped = (desk.subcontract(number=number, title=number) for number in ("SC-001", "SC-002"))
    billed = desk.work(amended, 1, "1000.00")
    night.later(hours=1)
    desk.documents()
    bill = desk.change("invoices", desk.bill_of(billed), Status="AUTHORISED")
    desk.pay(bill, "900.00")
    desk.edit(dropped, status="Void")
    desk.change_order(amended)
    for name in ("Bolt Electric", "Crane Hire"):
        night.company(name)
    for name in ("Mill", "Yard"):
        desk.new_project(name)
    desk.wbs(desk.stairs, "S")
    for number in ("SC-003", "SC-004"):
        desk.work(desk.subcontract(number=number, title=number), 2, "2000.00")
    desk.bill(desk.cost("96.00"), desk.cost("4.00"), number="1001")
    desk.bill(desk.cost("50.00"), number="1002")


@dataclass
class Night:
    """The night in which the tasks were killed."""

    deployment: Deployment
    tasks: Mapping[str, list[Record]]
    """The tries of each task, oldest first."""

    @property
    def desk(self) -> Desk:
        return self.deployment.desk


class Killer:
    """Kills each task that is to be killed, as soon as its request has arrived."""

    def __init__(self, deployment: Deployment) -> None:
        self._deployment = deployment

    def wait(self, seconds: float) -> None:
        """The pause between two looks at the night, longer than asked for: each look costs the machine something."""
        self._deployment.parts.check()
        end = time.monotonic() + 3 * seconds
        while time.monotonic() < end:
            for strike in STRIKES:
                if strike.fault.fired and strike.killed is None:
                    self._kill(strike)
            time.sleep(0.05)

    def _kill(self, strike: Strike) -> None:
        api = self._deployment.api
        process = process_of(api.task(DAG, api.newest(DAG), strike.task))
        assert process is not None, strike
        process.kill()
        strike.killed = datetime.now(UTC)


@pytest.fixture(scope="module")
def night(_postgres: EmbeddedPostgres, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Night]:
    folder = tmp_path_factory.mktemp("killed")
    dags = folder / "dags"
    dags.mkdir()
    (dags / "stages.py").write_text(DAG_FILE)
    with deployed(folder, _postgres.new_database(), dags, work_of_persons) as deployment:
        deployment.parsed(DAG)
        deployment.desk.stage.fault(*(strike.fault for strike in STRIKES))
        told: list[str] = []
        follow(deployment.api, [DAG], told.append, Killer(deployment).wait)
        api = deployment.api
        yield Night(deployment, {task: api.tries(DAG, api.newest(DAG), task) for task in {s.task for s in STRIKES}})


@pytest.mark.feature("XER-43", "XER-53", "XER-60", "ACC-11", "ACC-17", "XTR-2")
@pytest.mark.parametrize("kind", KINDS)
def test_a_task_killed_in_mid_write_is_finished_by_the_next_try_and_the_write_is_there_once(
    night: Night, kind: str
) -> None:
    strike, held, wanted = KINDS[kind]
    assert strike.killed is not None
    assert held(night.desk) == wanted
    kills = sum(one.task == strike.task for one in STRIKES)
    states = [one["state"] for one in night.tasks[strike.task]]
    assert states == ["failed"] * kills + ["success"]


def test_the_next_try_does_not_wait_for_the_lease_of_the_one_that_was_killed(night: Night) -> None:
    waits = []
    for strike in STRIKES:
        assert strike.killed
        begins = [datetime.fromisoformat(one["start_date"]) for one in night.tasks[strike.task]]
        waits.append(min(begin for begin in begins if begin > strike.killed) - strike.killed)
    assert max(waits) < timedelta(minutes=1)


def test_after_the_night_nothing_is_open_the_sums_are_equal_and_one_more_writes_nothing(night: Night) -> None:
    desk = night.desk
    writes = desk.night.writes()
    desk.night.run(*FLOWS)
    assert desk.night.writes() == writes
    assert [one for one in desk.night.rows(intent) if one.state == "open"] == []
    assert [one for flow in FLOWS for one in desk.night.open(flow)] == []
    tied = tie_out(desk.night.papers())
    assert tied.differences == []
    assert sum(tied.procore.values()) == sum(tied.books.values()) > Decimal(45_000)
