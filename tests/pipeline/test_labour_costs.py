"""Approved time becomes a payroll direct cost in Procore at the employee's rate, once, and follows its timecard."""

from __future__ import annotations

from decimal import Decimal

import pytest

from jobledger.store.tables import intent
from sandbox.faults import Fault
from tests.pipeline.crew import DAY, OVERTIME, Crew
from tests.pipeline.linked import site_of
from tests.pipeline.night import Died, Night, dies_at, narrowed
from tests.pipeline.test_killed import IN_STEPS, killed


@pytest.fixture
def crew(night: Night) -> Crew:
    return Crew(night)


# --- what becomes of approved time -----------------------------------------------------------------------------------


@pytest.mark.feature("SMX-QBO-78", "SMX-QBO-79", "SMX-QBO-80", "PRC-API-25")
def test_an_approved_timecard_becomes_an_approved_payroll_cost_at_its_rate(crew: Crew) -> None:
    timecard = crew.works("7.5")
    assert crew.run() == {"created": 1}
    [cost] = crew.costs()
    wanted = {
        "project_id": crew.project,
        "direct_cost_type": "payroll",
        "employee_id": crew.ana["id"],
        "vendor_id": None,
        "direct_cost_date": DAY,
        "status": "approved",
        "description": "Ana Ruiz, Regular Time",
        "origin_id": f"procore:timecard:{timecard['id']}",
    }
    assert {name: cost[name] for name in wanted} == wanted
    assert crew.lines() == [("03-300.L", "7.5", "40.00", "300.00")]
    money = crew.night.history("labour_costs")[0].money
    assert (money["source"], money["posted"], money["difference"]) == ("300.00", "300.00", "0.00")
    assert crew.quiet()
    assert not [one for one in crew.stage.requests("xero") if one.method != "GET"]


@pytest.mark.feature("SMX-QBO-79")
@pytest.mark.parametrize(("status", "counts"), [("pending", {}), ("reviewed", {}), ("completed", {"created": 1})])
def test_time_that_is_not_approved_costs_nothing_yet(crew: Crew, status: str, counts: dict[str, int]) -> None:
    timecard = crew.works(approval_status=status)
    assert {name: count for name, count in crew.run().items() if name != "not_chosen"} == counts
    crew.corrects(timecard, approval_status="approved")
    crew.run()
    assert len(crew.costs()) == 1


@pytest.mark.feature("SMX-QBO-79")
def test_timecards_of_the_daily_log_count_as_those_of_timesheets_do(crew: Crew) -> None:
    [sheet] = crew.seed("timesheets", {"project_id": crew.project, "date": DAY, "status": "pending"})
    crew.works("4", approval_status="pending", timesheet_id=sheet["id"])
    crew.works("4")
    crew.run()
    assert len(crew.costs()) == 1
    crew.night.later(minutes=1)
    crew.seed("timesheets", {"id": sheet["id"], "status": "approved"})
    assert crew.run() == {"created": 1}
    assert [one[3] for one in crew.lines()] == ["160.00", "160.00"]


@pytest.mark.feature("SMX-QBO-78")
def test_each_time_type_and_period_has_its_own_rate(crew: Crew) -> None:
    crew.rate("40.00", until="2026-02-28")
    crew.rate("42.3333", since="2026-03-01")
    crew.works("1", "2026-02-28")
    crew.works("1.5", "2026-03-01")
    crew.works("2", kind=OVERTIME)
    assert crew.run() == {"created": 3}
    assert [one[1:] for one in crew.lines()] == [
        ("1", "40.00", "40.00"),
        ("1.5", "42.3333", "63.50"),
        ("2", "60.00", "120.00"),
    ]


@pytest.mark.feature("SMX-QBO-78", "SMX-QBO-79")
def test_time_without_a_rate_is_blocked_and_says_whose_and_how_to_enter_it(crew: Crew) -> None:
    crew.works(day="2026-01-01")
    crew.rate("40.00", since="2026-02-01")
    crew.rate("40.00", since="2026-01-01", until="2026-01-01")
    crew.works(day="2026-01-05")
    assert crew.run() == {"created": 1, "blocked": 1}
    told = crew.told()
    assert "Ana Ruiz has no rate for Regular Time on 2026-01-05" in told
    assert "airflow jobledger labour rates import test FILE.csv" in told
    crew.rate("41.00", since="2026-01-02", until="2026-01-31")
    assert crew.run() == {"created": 1}
    assert [one[3] for one in crew.lines()] == ["320.00", "328.00"]
    assert crew.night.open("labour_costs") == []


@pytest.mark.feature("SMX-QBO-78")
def test_costs_follow_a_corrected_rate_with_a_full_refresh(crew: Crew) -> None:
    crew.works()
    crew.run()
    crew.rate("45.00")
    assert crew.quiet()
    assert crew.run(scope=narrowed(full_refresh=True)) == {"updated": 1}
    assert crew.lines() == [("03-300.L", "8", "45.00", "360.00")]


@pytest.mark.feature("SMX-QBO-79")
def test_time_that_names_no_cost_type_has_that_of_the_setting(crew: Crew) -> None:
    crew.night.set(labour={"costing": True, "cost_type": "O"})
    crew.works(line_item_type_id=None)
    crew.run()
    assert [one[0] for one in crew.lines()] == ["03-300.O"]


@pytest.mark.feature("SMX-QBO-79", "ACC-2")
def test_time_without_a_code_or_on_a_sub_job_is_held_and_the_rest_goes_on(crew: Crew) -> None:
    [job] = crew.seed("sub_jobs", {"project_id": crew.project, "code": "A", "name": "Annex"})
    crew.works(cost_code_id=None)
    crew.works(sub_job_id=job["id"])
    crew.works("0")
    crew.works("2")
    counts = crew.run()
    assert (counts["created"], counts["invalid"], counts["blocked"]) == (1, 1, 1)
    assert [one[3] for one in crew.lines()] == ["80.00"]
    reasons = " ".join(one.reason for one in crew.night.open("labour_costs"))
    assert "The time has no cost code." in reasons


@pytest.mark.feature("ACC-7")
def test_time_before_the_cut_over_is_never_costed(crew: Crew) -> None:
    crew.works(day="2025-12-31")
    assert "created" not in crew.run()
    assert crew.costs() == []


@pytest.mark.feature("ACC-7", "ACC-35")
def test_a_plan_writes_nothing(crew: Crew) -> None:
    crew.works()
    assert crew.run(mode="plan") == {"planned": 1}
    crew.night.live(False)
    assert crew.run() == {"planned": 1}
    assert crew.costs() == []


@pytest.mark.feature("XER-82", "SMX-QBO-79")
def test_costs_wait_for_an_acceptance_where_it_is_required(crew: Crew) -> None:
    crew.night.set(approvals={"default": "automatic", "labour_costs": "required"})
    crew.works()
    assert crew.run() == {"waiting": 1}
    assert crew.costs() == []


# --- what happens later ----------------------------------------------------------------------------------------------


@pytest.mark.feature("ACC-27", "SMX-QBO-79")
def test_a_corrected_timecard_corrects_its_cost_under_our_own_lock(crew: Crew) -> None:
    timecard = crew.works()
    crew.run()
    crew.corrects(timecard, hours="9.25", description="Stairs")
    assert crew.run() == {"updated": 1}
    [cost] = crew.costs()
    assert crew.lines() == [("03-300.L", "9.25", "40.00", "370.00")]
    assert (cost["origin_id"], cost["status"]) == (f"procore:timecard:{timecard['id']}", "approved")
    assert crew.quiet()
    crew.corrects(timecard, date="2026-03-03", timecard_time_type_id=crew.times[OVERTIME])
    assert crew.run() == {"updated": 1}
    [cost] = crew.costs()
    assert (cost["direct_cost_date"], cost["description"]) == ("2026-03-03", "Ana Ruiz, Overtime")
    assert crew.lines() == [("03-300.L", "9.25", "60.00", "555.00")]


@pytest.mark.feature("ACC-27", "ACC-30", "SMX-QBO-79")
@pytest.mark.parametrize("how", ["deleted", "pending"])
def test_a_timecard_that_is_deleted_or_no_longer_approved_takes_its_cost_away(crew: Crew, how: str) -> None:
    timecard = crew.works()
    crew.works("1")
    crew.run()
    if how == "deleted":
        crew.deletes(timecard)
    else:
        crew.corrects(timecard, approval_status="pending")
    assert crew.run() == {"removed": 1}
    assert [one[3] for one in crew.lines()] == ["40.00"]
    assert crew.quiet()
    if how == "pending":
        crew.corrects(timecard, approval_status="approved")
        assert crew.run() == {"created": 1}
        assert [one[3] for one in crew.lines()] == ["40.00", "320.00"]
        assert crew.quiet()


@pytest.mark.feature("ACC-5")
def test_a_project_that_is_hidden_from_the_app_keeps_its_costs(crew: Crew) -> None:
    crew.works()
    crew.run()
    crew.seed("settings", {"id": "app", "permitted_projects": []})
    crew.run(scope=narrowed(full_refresh=True))
    assert len(crew.costs()) == 1


@pytest.mark.feature("ACC-27")
def test_where_procore_does_not_unlock_the_correction_is_a_conflict(crew: Crew) -> None:
    timecard = crew.works()
    crew.run()
    crew.seed("settings", {"id": "locks", "unlocking": "refused"})
    crew.corrects(timecard, hours="9")
    assert crew.run() == {"conflict": 1}
    assert "locked" in crew.told()
    assert crew.lines() == [("03-300.L", "8", "40.00", "320.00")]


@pytest.mark.feature("SMX-QBO-79")
def test_costs_of_the_books_and_of_time_do_not_disturb_each_other(night: Night) -> None:
    site = site_of(night)
    bill = site.bill(site.cost("96.00"))
    night.later(hours=1)
    night.run("job_costs")
    crew = Crew.__new__(Crew)
    vars(crew).update(vars(site))
    night.set(labour={"costing": True})
    [crew.ana] = site.seed("users", {"last_name": "Ruiz", "is_employee": True})
    crew.times = {row["time_type"]: row["id"] for row in site.stage.records("procore.timecard_time_types")}
    crew.code = next(row["cost_code_id"] for row in site.stage.records("procore.wbs_codes"))
    crew.rate("40.00")
    crew.works()
    assert crew.run() == {"created": 1}
    before = night.writes()
    for scope in (narrowed(), narrowed(full_refresh=True)):
        night.later(hours=1)
        for flow in ("job_costs", "labour_costs"):
            counts = night.run(flow, scope=scope)[flow]
            assert {name for name, count in counts.items() if count} <= {"unchanged", "not_chosen"}, (flow, counts)
    assert night.writes() == before
    assert [one["direct_cost_type"] for one in crew.costs()] == ["invoice", "payroll"]
    assert bill["Total"] == Decimal(96)


# --- never twice -----------------------------------------------------------------------------------------------------


@pytest.mark.feature("ACC-27", "SMX-QBO-79")
@pytest.mark.parametrize("point", IN_STEPS)
def test_a_process_killed_at_any_point_leaves_one_cost(crew: Crew, point: str) -> None:
    crew.works()
    assert killed(crew, "labour_costs", point) != 0  # type: ignore[arg-type]
    crew.run()
    crew.run()
    assert crew.lines() == [("03-300.L", "8", "40.00", "320.00")]
    assert len(crew.costs()) == 1
    assert crew.quiet()


@pytest.mark.feature("ACC-27", "SMX-QBO-79")
@pytest.mark.parametrize("point", ["intent_open", "step unlocked", "step changed", "answered", "linked"])
def test_a_correction_that_dies_on_its_way_is_finished_by_the_next_run(crew: Crew, point: str) -> None:
    timecard = crew.works()
    crew.run()
    crew.corrects(timecard, hours="9")
    with pytest.raises(Died):
        crew.run(at_point=dies_at(point))
    crew.run()
    crew.run()
    [cost] = crew.costs()
    assert crew.lines() == [("03-300.L", "9", "40.00", "360.00")]
    assert cost["origin_id"] == f"procore:timecard:{timecard['id']}"
    assert [one for one in crew.night.rows(intent) if one.state == "open"] == []


@pytest.mark.feature("SMX-QBO-79")
@pytest.mark.parametrize("kind", ["drop_after_commit", "drop_before_commit", "status", "partial_batch"])
@pytest.mark.parametrize("path", ["direct_costs/sync", "line_items/sync"])
def test_a_lost_or_refused_answer_makes_no_second_cost(crew: Crew, kind: str, path: str) -> None:
    for day in range(1, 4):
        crew.works(day=f"2026-03-0{day}")
    crew.stage.fault(Fault(system="procore", method="PATCH", path=path, kind=kind, times=1))  # type: ignore[arg-type]
    crew.run()
    crew.stage.fault()
    for _ in range(3):
        crew.run()
    assert len(crew.costs()) == 3
    assert [one[3] for one in crew.lines()] == ["320.00"] * 3
    assert crew.night.open("labour_costs") == []
    assert crew.quiet()
