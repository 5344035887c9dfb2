"""What booking card purchases needs of Procore: credentials, permissions, a vendor, an open period."""

from __future__ import annotations

from datetime import date

import pytest

from jobledger.errors import Finding, FixTheSetup
from jobledger.systems.procore.connect import ProcoreAccount, oauth_url, procore
from tests.systems.site import Site
from tests.systems.stage import COMPANY, PROCORE, Stage

TOOL = "Procore permission in projects: Direct Costs"
VENDOR = "Procore vendor of purchases"


@pytest.fixture
def site(stage: Stage) -> Site:
    return Site(stage)


def finding(findings: list[Finding], topic: str) -> Finding:
    [found] = [one for one in findings if one.topic == topic]
    return found


@pytest.mark.feature("PEX-7")
def test_the_app_signs_in_with_its_client_id_and_secret(stage: Stage, site: Site) -> None:
    assert finding(stage.procore().check(), "Procore company").ok
    account = ProcoreAccount("procore_demo", PROCORE, oauth_url(PROCORE), "procore-demo-client", "wrong")
    [refused] = procore(account, COMPANY, None, stage.around).check()
    assert (refused.topic, refused.ok, bool(refused.remedy)) == ("Procore company", False, True)


@pytest.mark.feature("PEX-8", "PEX-9")
@pytest.mark.parametrize(("client_id", "secret"), [("", "secret"), ("id", "")])
def test_without_credentials_the_way_to_a_service_account_is_told(stage: Stage, client_id: str, secret: str) -> None:
    account = ProcoreAccount("procore_new", PROCORE, oauth_url(PROCORE), client_id, secret)
    with pytest.raises(FixTheSetup) as refused:
        procore(account, COMPANY, None, stage.around)
    assert "has no client id or no client secret" in refused.value.found
    for said in ("Make a service account", "Company Admin > App Management", "Admin for the Directory tool"):
        assert said in refused.value.remedy


@pytest.mark.feature("PEX-9")
def test_a_service_account_that_is_no_administrator_of_the_directory_is_told(stage: Stage, site: Site) -> None:
    assert finding(stage.procore().check(), "Procore permission: Directory").ok
    site.seed("permissions", {"tool": "directory", "level": "standard"})
    found = finding(stage.procore().check(), "Procore permission: Directory")
    assert (found.ok, found.required) == (False, True)
    assert "level Admin on the company's Directory tool" in found.remedy


@pytest.mark.feature("PEX-10")
def test_projects_in_which_the_app_is_no_administrator_of_a_tool_are_named(stage: Stage, site: Site) -> None:
    system = stage.procore(tools=("Direct Costs", "Directory"))
    found = finding(system.check(), TOOL)
    assert (found.ok, found.message) == (True, "Administrator of Direct Costs in 1 projects.")
    mall = site.new_project("Mall")
    site.seed("permissions", {"tool": "direct_costs", "level": "standard", "project_id": mall})
    findings = system.check()
    found = finding(findings, TOOL)
    assert (found.ok, found.required) == (False, True)
    assert found.message == "Not an administrator of Direct Costs in 'Mall'."
    assert "permission matrix" in found.remedy
    assert "Permissions" in found.remedy
    assert finding(findings, "Procore permission in projects: Directory").ok


@pytest.mark.feature("PEX-10")
def test_a_project_whose_tool_is_off_is_told_and_stops_nothing(stage: Stage, site: Site) -> None:
    for name in ("Mall", "Depot", "School", "Bridge"):
        site.new_project(name, disabled_tools=["direct_costs"])
    found = finding(stage.procore(tools=("Direct Costs",)).check(), TOOL)
    assert (found.ok, found.required) == (False, False)
    assert found.message == "The tool Direct Costs is off in 'Mall', 'Depot', 'School' and 1 more."


def test_of_many_projects_the_first_twenty_are_asked(stage: Stage, site: Site) -> None:
    stage.sandbox.vendors["procore"].quota.set_mode("off")
    for number in range(24):
        site.new_project(f"Job {number}")
    found = finding(stage.procore(tools=("Direct Costs",)).check(), TOOL)
    assert found.message == "Administrator of Direct Costs in 20 projects."


@pytest.mark.feature("PEX-29")
def test_the_vendor_of_purchases_is_named(stage: Stage, site: Site) -> None:
    found = finding(stage.procore(vendor=site.vendor["id"]).check(), VENDOR)
    assert (found.ok, found.message) == (True, "Purchases are booked on 'Acme'.")


@pytest.mark.feature("PEX-29", "PEX-30")
def test_a_vendor_that_is_not_chosen_or_not_there_is_offered_from_the_list(stage: Stage, site: Site) -> None:
    site.seed("vendors", *({"name": f"Card {number}"} for number in range(6)))
    [old] = site.seed("vendors", {"name": "Old", "is_active": False})
    asked = {None: "No vendor is chosen", 7: "no company 7", old["id"]: "'Old' "}
    for vendor, said in asked.items():
        found = finding(stage.procore(vendor=vendor, needs_vendor=True).check(), VENDOR)
        assert (found.ok, found.required, said in found.message) == (False, True, True)
        assert f"Choose one of: Acme ({site.vendor['id']}), Card 0 (" in found.remedy
        assert "Card 3 (" in found.remedy
        assert "Card 4" not in found.remedy
        assert "Old" not in found.remedy
        assert "pex.vendor" in found.remedy
    assert len(stage.records("procore.vendors")) == 8


@pytest.mark.feature("PEX-30")
def test_a_company_without_vendors_has_to_make_one_first(stage: Stage) -> None:
    found = finding(stage.procore(needs_vendor=True).check(), VENDOR)
    assert (found.ok, found.remedy.startswith("Create the company in Procore's Directory first")) == (False, True)
    assert stage.records("procore.vendors") == []


def test_who_books_no_purchases_is_asked_for_nothing_of_it(stage: Stage, site: Site) -> None:
    topics = {one.topic for one in stage.procore().check()}
    assert not topics & {TOOL, VENDOR}


def test_the_last_closed_day_is_a_fact_of_direct_costs(stage: Stage) -> None:
    assert stage.procore().facts("direct_costs") == {}
    system = stage.procore(closed_until=date(2026, 2, 28))
    assert system.facts("direct_costs") == {"closed_until": "2026-02-28"}
    assert system.facts("vendors") == {}
