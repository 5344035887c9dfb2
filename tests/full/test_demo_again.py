"""`make demo` typed twice: Airflow ends, starts again on what is there, and the second night writes nothing."""

from __future__ import annotations

import re
import subprocess
import sys
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from demo.bookkeepers.evening import PAYMENT_DAY
from demo.environment import process_environment
from sandbox.app import Sandbox
from sandbox.datasets.cards import NO_OPTION
from tests.end_to_end.test_make_demo import OF_CARDS, adds_up, left_running, runs, tied, writes
from tests.pipeline.night import ROOT

pytestmark = [pytest.mark.full, pytest.mark.timeout(1900)]

DEMO = """
import sys
from functools import partial
from pathlib import Path
from demo.environment import Place
from demo.run import demo, plainly
sys.exit(plainly(partial(demo, Place(Path(sys.argv[1]), system=sys.argv[2]))))
"""


def typed(folder: Path, system: str) -> str:
    """What `make demo SYSTEM=…` prints, with its data in a folder of the test's own."""
    command = [sys.executable, "-c", DEMO, str(folder), system]
    done = subprocess.run(command, cwd=ROOT, env=process_environment({}), capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]
    return done.stdout


@pytest.mark.parametrize(
    "system",
    [
        pytest.param("xero", marks=pytest.mark.feature("XER-62", "XER-174")),
        pytest.param(
            "quickbooks_online",
            marks=pytest.mark.feature("SMX-QBO-24", "SMX-QBO-38", "SMX-QBO-86", "ACC-21", "ACC-31", "ACC-32"),
        ),
        pytest.param("pex", marks=pytest.mark.feature("PEX-19", "PEX-20", "PEX-21", "PEX-22", "PEX-25", "ACC-23")),
    ],
)
def test_the_demo_goes_on_from_where_it_ended_and_writes_nothing(system: str, tmp_path: Path) -> None:
    first = typed(tmp_path, system)
    again = typed(tmp_path, system)
    assert {(columns["created"], columns["updated"]) for _, columns in runs(again)} == {(0, 0)}
    assert writes(again) == 0 < writes(first)
    assert "bookkeeper" not in again
    assert not re.search("migrat", again, flags=re.I)
    assert tied(again) == tied(first)
    assert left_running(tmp_path) == []
    {"xero": paid_in_xero, "quickbooks_online": carried_to_quickbooks, "pex": carried_from_pex}[system](first, tmp_path)


def paid_in_xero(printed: str, folder: Path) -> None:
    """Each bill that the bookkeeper pays is a payment issued, and nothing else is written in the evening."""
    evening = runs(printed)[-3:]
    assert all(adds_up(columns) for _, columns in evening)
    told = re.search(r"The bookkeeper approves (\d+) bills and pays (\d+) of them in Xero", printed)
    assert told and int(told[1]) > int(told[2]) > 10
    assert [(flow, columns["created"]) for flow, columns in evening] == [
        ("invoices", 0),
        ("payments", int(told[2])),
        ("job_costs", 0),
    ]
    in_xero, in_procore = paid(folder)
    assert in_xero == in_procore
    assert sum(in_procore) == evening[1][1]["posted"]


def paid(folder: Path) -> tuple[list[Decimal], list[Decimal]]:
    """What the bookkeeper paid in Xero, and what the sandbox's Procore has of payments that Jobledger made."""
    sandbox = Sandbox(folder / "sandbox.db")
    in_xero = [one for one in sandbox.world.tables.all("xero.payments") if one["Date"] == PAYMENT_DAY]
    in_procore = [one for one in sandbox.world.tables.all("procore.contract_payments") if one["origin_id"]]
    sandbox.close()
    return sorted(Decimal(one["Amount"]) for one in in_xero), sorted(Decimal(one["amount"]) for one in in_procore)


def carried_to_quickbooks(printed: str, folder: Path) -> None:
    """All flows have written, each check is as many payments issued as it pays bills, and everything ties out."""
    night, evening = dict(runs(printed)[:-3]), dict(runs(printed)[-3:])
    assert all(adds_up(columns) for columns in [*night.values(), *evening.values()])
    written = ("projects", "companies", "cost_codes", "commitments", "change_orders", "invoices", "job_costs")
    assert all(night[flow]["created"] > 0 for flow in written)
    assert "unexplained: 0.00, every difference has its cause" in printed
    [(bills, checks)] = re.findall(r"pays (\d+) bills with (\d+) checks in QuickBooks", printed)
    assert int(bills) > int(checks) > 10
    in_quickbooks, in_procore = paid_with_checks(folder)
    assert len(in_quickbooks) == int(bills) == evening["payments"]["created"]
    assert in_quickbooks == in_procore
    assert sum(in_procore) == evening["payments"]["posted"]


def paid_with_checks(folder: Path) -> tuple[list[Decimal], list[Decimal]]:
    """What the bookkeeper paid of each bill, and what the sandbox's Procore has of payments that Jobledger made."""
    sandbox = Sandbox(folder / "sandbox.db")
    checks = [
        one for one in sandbox.world.tables.all("quickbooks_online.bill_payments") if one["TxnDate"] == PAYMENT_DAY
    ]
    issued = [one for one in sandbox.world.tables.all("procore.contract_payments") if one["origin_id"]]
    sandbox.close()
    of_bills = sorted(Decimal(line["Amount"]) for check in checks for line in check["Line"])
    return of_bills, sorted(Decimal(one["amount"]) for one in issued)


def carried_from_pex(printed: str, folder: Path) -> None:
    """Every approved purchase with a project is in Procore to the cent, and each loaded receipt is on its cost."""
    night, evening = dict(runs(printed)[:-2]), dict(runs(printed)[-2:])
    assert all(adds_up(columns) for columns in [*night.values(), *evening.values()])
    assert all(night[flow]["created"] > 0 for flow in (*OF_CARDS, "projects", "cost_codes"))
    assert (night["purchases"]["blocked"], evening["purchases"]["blocked"]) == (2, 1)
    told = re.search(r"(\d+) purchase completed, (\d+) approved, (\d+) moved to another project", printed)
    assert told and sum(map(int, told.groups())) == evening["purchases"]["created"]
    assert evening["purchases"]["removed"] == int(told[3])
    assert "refers to projects 'no-such-project', an option that stands for nothing in Procore" in printed
    assert "unexplained: 0.00, every difference has its cause" in printed
    assert spent_and_booked(folder) == (True, True)


def spent_and_booked(folder: Path) -> tuple[bool, bool]:
    """Whether the sandbox's Procore has what was spent with cards in PEX, and each receipt of it."""
    sandbox = Sandbox(folder / "sandbox.db")
    tables = sandbox.world.tables
    spent = {one["TransactionId"]: -one["TransactionAmount"] for one in tables.all("pex.transactions") if is_cost(one)}
    costs = {one["id"]: one["origin_id"] for one in tables.all("procore.direct_costs")}
    of_cards = {key for key, origin in costs.items() if str(origin).startswith("pex:purchase:")}
    lines = [one for one in tables.all("procore.direct_cost_line_items") if one["direct_cost_id"] in of_cards]
    receipts = [one for one in tables.all("pex.attachments") if one["UploadStatus"] == "Loaded"]
    parts = [origin for origin in map(costs.get, of_cards) for one in receipts if f":{one['TransactionId']}/" in origin]
    files = [one for one in tables.all("procore.attachments") if one.get("direct_cost_id") in of_cards]
    sandbox.close()
    return sum(Decimal(one["amount"]) for one in lines) == sum(spent.values()), len(files) == len(parts)


def is_cost(purchase: dict[str, Any]) -> bool:
    """Whether a card movement of the demo is to be carried: settled, approved, coded, and not PEX's own."""
    noted = any("Synced transaction" in one["NoteText"] for one in purchase["TransactionNotes"])
    unknown = any(one["Value"] == NO_OPTION for one in purchase["TransactionTags"]["Tags"])
    bought = purchase["TransactionType"] == "Network" or purchase["TransactionTypeCategory"] == "Dispute"
    is_settled = purchase["SettlementTime"] and purchase["MetadataApprovalStatus"] == "Approved"
    return bool(bought and is_settled and not noted and not unknown)
