"""`make demo` typed twice: Airflow ends, starts again on what is there, and the second night writes nothing."""

from __future__ import annotations

import re
import subprocess
import sys
from decimal import Decimal
from pathlib import Path

import pytest

from demo.bookkeepers.evening import PAYMENT_DAY
from demo.environment import process_environment
from sandbox.app import Sandbox
from tests.end_to_end.test_make_demo import adds_up, left_running, runs, tied, writes
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
    {"xero": paid_in_xero, "quickbooks_online": carried_to_quickbooks}[system](first, tmp_path)


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
