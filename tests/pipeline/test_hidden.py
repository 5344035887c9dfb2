"""A document that cannot be seen is not gone: nothing is taken back because a project or a tool is out of sight."""

from __future__ import annotations

import pytest

from jobledger.pipeline.run import Scope
from tests.pipeline.linked import site_of
from tests.pipeline.night import Night
from tests.pipeline.site import CONTRACTS, Site


@pytest.fixture
def site(night: Night) -> Site:
    return site_of(night)


@pytest.mark.feature("ACC-5")
@pytest.mark.parametrize(
    "hide",
    [{"permitted": True}, {"disabled_tools": ["commitments"]}, {"active": False}],
    ids=["not permitted any more", "tool switched off", "closed"],
)
def test_what_is_out_of_sight_stays_as_it_is(site: Site, hide: dict[str, object]) -> None:
    night = site.night
    line = {"wbs_code_id": site.depot_walls, "amount": "500.00", "description": "Walls"}
    contract = site.subcontract(number="SC-TOWER-1")
    other = site.subcontract(line, number="SC-DEPOT-1", project_id=site.depot)
    assert night.run(*CONTRACTS)["commitments"]["created"] == 2
    site.subcontract(number="SC-TOWER-2")
    assert night.run(*CONTRACTS)["commitments"]["created"] == 1
    invoice = site.billed(contract, 1, "100.00")
    night.run("invoices")
    bill = site.bill_of(invoice)
    site.change("invoices", bill, Status="AUTHORISED")
    site.pay(bill, "40.00")
    assert night.run("invoices", "payments")["payments"] == {"created": 1}

    if hide.get("permitted"):
        night.stage.seed("procore", "settings", {"id": "app", "permitted_projects": [other["project_id"]]})
    else:
        night.stage.seed("procore", "projects", {"id": contract["project_id"], **hide})
    night.later(hours=24)
    before = night.writes()
    for _ in range(2):
        counts = night.run(*CONTRACTS, scope=Scope(full_refresh=True)) | night.run(
            "invoices", "payments", scope=Scope(full_refresh=True)
        )
        assert {name for flow in counts.values() for name in flow} <= {"unchanged", "not_chosen"}
    assert night.writes() == before
    assert {one["Status"] for one in night.stage.records("xero.purchase_orders")} == {"DRAFT"}
