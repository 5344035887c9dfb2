"""Acceptance before anything goes out (XER-82): who sent, accepted or rejected what, with which content."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from jobledger.commands import approvals
from jobledger.store import approvals as kept
from jobledger.store.engine import reading
from jobledger.store.tables import approval
from tests.commands.office import Office
from tests.pipeline.desk import Desk
from tests.pipeline.linked import desk_of
from tests.pipeline.night import STAGE_1, Night
from tests.pipeline.site import Row

BOTH = ("companies", "contacts")


@pytest.fixture
def strict(night: Night) -> Night:
    night.set(approvals={"default": "required"})
    return night


def accept(office: Office, *records: dict[str, Any], flow: str = "companies") -> str:
    return office.do(approvals.accept, flow=flow, ids=[str(one["id"]) for one in records])


def decisions(night: Night, record: dict[str, Any], flow: str = "companies") -> list[tuple[str, str]]:
    with reading(night.engine) as connection:
        life = kept.life(connection, night.pair, flow, str(record["id"]))
    return [(one.decision, one.by) for one in life]


@pytest.mark.feature("XER-82")
def test_with_direct_export_nothing_waits(night: Night) -> None:
    night.company("Apex Steel")
    assert night.run(*BOTH)["companies"] == {"created": 1}


@pytest.mark.feature("XER-82", "XER-7", "XER-22")
def test_each_kind_has_its_own_setting(night: Night) -> None:
    night.set(approvals={"default": "required", "companies": "automatic"})
    night.job_category()
    night.company("Apex Steel")
    night.project("Tower")
    counts = night.run(*STAGE_1)
    assert (counts["companies"], counts["projects"]) == ({"created": 1}, {"waiting": 1})
    assert night.options() == []


@pytest.mark.feature("XER-82", "XER-7", "XER-9", "ACC-34")
def test_a_company_waits_until_exactly_its_content_is_accepted(strict: Night, office: Office) -> None:
    company = strict.company("Apex Steel", business_phone="303 555 0100")
    assert strict.run(*BOTH)["companies"] == {"waiting": 1}
    [waiting] = strict.open("companies")
    assert waiting.remedy == f"`airflow jobledger approvals accept test companies {company['id']}`."
    shown = office.do(approvals.show)
    assert f"companies {company['id']}  waiting since" in shown
    assert "Name: Apex Steel" in shown
    assert "Phones[PhoneType=DEFAULT].PhoneNumber: 303 555 0100" in shown
    assert accept(office, company) == f"accepted: companies  Apex Steel ({company['id']})\n"
    assert strict.contacts() == []
    assert strict.run(*BOTH)["companies"] == {"created": 1}
    assert strict.contacts() == ["Apex Steel"]
    assert decisions(strict, company) == [("waiting", "jobledger"), ("accepted", "ann (shell)")]
    assert strict.open("companies") == []
    assert "Nothing waits." in office.do(approvals.show)


def test_content_that_changed_before_the_run_is_not_covered_by_the_acceptance(strict: Night, office: Office) -> None:
    company = strict.company("Apex Steel")
    strict.run(*BOTH)
    accept(office, company)
    strict.edit(company, name="Apex Structural")
    assert strict.run(*BOTH)["companies"] == {"waiting": 1}
    assert "Changed since it was accepted" in strict.told("companies")["Apex Structural"]
    assert strict.contacts() == []
    accept(office, company)
    assert strict.run(*BOTH)["companies"] == {"created": 1}
    assert strict.contacts() == ["Apex Structural"]


def test_a_later_change_of_an_exported_company_waits_again(strict: Night, office: Office) -> None:
    company = strict.company("Apex Steel")
    strict.run(*BOTH)
    accept(office, company)
    strict.run(*BOTH)
    strict.later(hours=1)
    strict.edit(company, name="Apex Structural")
    assert strict.run(*BOTH)["companies"] == {"waiting": 1}
    assert strict.contacts() == ["Apex Steel"]
    accept(office, company)
    assert strict.run(*BOTH)["companies"] == {"updated": 1}
    assert strict.contacts() == ["Apex Structural"]


@pytest.mark.feature("XER-7", "XER-8")
def test_a_rejection_tells_its_reason_and_the_company_can_be_sent_again(strict: Night, office: Office) -> None:
    company = strict.company("Apex Steel")
    strict.run(*BOTH)
    ids = [str(company["id"])]
    office.do(approvals.reject, flow="companies", ids=ids, reason="no W-9 yet")
    assert strict.run(*BOTH)["companies"] == {"blocked": 1}
    [rejected] = strict.open("companies")
    assert rejected.reason == "Rejected by ann (shell): no W-9 yet."
    assert f"`airflow jobledger approvals resend test companies {company['id']}`" in rejected.remedy
    assert "rejected since" in office.do(approvals.show)
    office.do(approvals.send, flow="companies", ids=ids)
    assert strict.run(*BOTH)["companies"] == {"waiting": 1}
    accept(office, company)
    assert strict.run(*BOTH)["companies"] == {"created": 1}
    assert [decision for decision, _ in decisions(strict, company)] == [
        *("waiting", "rejected", "sent", "waiting", "accepted")
    ]


@pytest.mark.feature("XER-20", "XER-21", "XER-22", "XER-23")
def test_a_project_is_sent_taken_back_sent_again_rejected_sent_again_and_accepted(
    strict: Night, office: Office
) -> None:
    strict.set(projects={"export": "sent"})
    strict.job_category()
    tower = strict.project("Tower")
    ids = [str(tower["id"])]
    strict.run(*STAGE_1)
    office.do(approvals.send, flow="projects", ids=ids)
    assert strict.run(*STAGE_1)["projects"] == {"waiting": 1}
    office.do(approvals.retrieve, flow="projects", ids=ids)
    assert strict.run(*STAGE_1)["projects"] == {"unchanged": 1}
    assert strict.open("projects") == []
    assert "is retrieved. Expected: waiting." in office.fails(approvals.accept, flow="projects", ids=ids)
    office.do(approvals.send, flow="projects", ids=ids)
    strict.run(*STAGE_1)
    office.do(approvals.reject, flow="projects", ids=ids, reason="wrong job")
    office.do(approvals.send, flow="projects", ids=ids)
    strict.run(*STAGE_1)
    accept(office, tower, flow="projects")
    assert strict.run(*STAGE_1)["projects"] == {"created": 1}
    assert strict.options() == ["Tower"]


def commitment(desk: Desk) -> Row:
    return desk.subcontract()


def change_order(desk: Desk) -> Row:
    contract = desk.subcontract()
    desk.tonight()
    return desk.change_order(contract)


def invoice(desk: Desk) -> Row:
    contract = desk.subcontract()
    desk.tonight()
    return desk.work(contract, 3, "4000.00")


DOCUMENTS = [
    pytest.param(
        *("commitments", commitment),
        marks=pytest.mark.feature("XER-39", "XER-40", "XER-41", "XER-42"),
    ),
    pytest.param(
        *("change_orders", change_order),
        marks=pytest.mark.feature("XER-49", "XER-50", "XER-51", "XER-52"),
    ),
    pytest.param(
        *("invoices", invoice),
        marks=pytest.mark.feature("XER-56", "XER-57", "XER-58", "XER-59"),
    ),
]


@pytest.mark.parametrize(("flow", "new"), DOCUMENTS)
def test_a_document_is_taken_back_sent_rejected_sent_again_and_goes_once_it_is_accepted(
    night: Night, office: Office, flow: str, new: Callable[[Desk], Row]
) -> None:
    desk = desk_of(night)
    night.set(approvals={"default": "automatic", flow: "required"})
    ids = [str(new(desk)["id"])]

    def tonight() -> dict[str, int]:
        before = len(desk.orders()), len(desk.bills()), [len(one["LineItems"]) for one in desk.orders()]
        counts = desk.tonight()[flow]
        after = len(desk.orders()), len(desk.bills()), [len(one["LineItems"]) for one in desk.orders()]
        assert (before != after) == (counts == {"created": 1})
        return counts

    assert tonight() == {"waiting": 1}
    office.do(approvals.retrieve, flow=flow, ids=ids)
    assert "is retrieved. Expected: waiting." in office.fails(approvals.accept, flow=flow, ids=ids)
    assert tonight() == {"waiting": 1}
    [back] = night.open(flow)
    assert back.reason == "Taken back by ann (shell) before it was accepted."
    office.do(approvals.send, flow=flow, ids=ids)
    assert tonight() == {"waiting": 1}
    office.do(approvals.reject, flow=flow, ids=ids, reason="no lien waiver yet")
    assert tonight() == {"blocked": 1}
    [rejected] = night.open(flow)
    assert rejected.reason == "Rejected by ann (shell): no lien waiver yet."
    office.do(approvals.send, flow=flow, ids=ids)
    assert tonight() == {"waiting": 1}
    office.do(approvals.accept, flow=flow, ids=ids)
    assert tonight() == {"created": 1}
    assert night.open(flow) == []
    assert [decision for decision, _ in decisions(night, {"id": ids[0]}, flow)] == [
        *("waiting", "retrieved", "sent", "waiting", "rejected", "sent", "waiting", "accepted")
    ]


@pytest.mark.feature("XER-6")
def test_a_company_taken_back_stays_back_until_it_is_sent_again_even_if_all_are_exported(
    strict: Night, office: Office
) -> None:
    company = strict.company("Apex Steel")
    strict.run(*BOTH)
    ids = [str(company["id"])]
    office.do(approvals.retrieve, flow="companies", ids=ids)
    for _ in range(2):
        assert strict.run(*BOTH)["companies"] == {"waiting": 1}
    [back] = strict.open("companies")
    assert back.reason == "Taken back by ann (shell) before it was accepted."
    assert "`airflow jobledger approvals send test companies" in back.remedy
    office.do(approvals.send, flow="companies", ids=ids)
    strict.run(*BOTH)
    accept(office, company)
    assert strict.run(*BOTH)["companies"] == {"created": 1}


def test_a_link_needs_no_acceptance_because_nothing_is_made(strict: Night) -> None:
    strict.company("Apex Steel")
    strict.contact("Apex Steel")
    assert strict.run(*BOTH)["companies"] == {"updated": 1}


def test_all_that_waits_is_accepted_at_once_and_nothing_else(strict: Night, office: Office) -> None:
    for name in ("Apex Steel", "Baker Electric LLC"):
        strict.company(name)
    strict.run(*BOTH)
    strict.company("Zeller Roofing")
    office.do(approvals.accept, flow="companies", all=True)
    assert strict.run(*BOTH)["companies"] == {"created": 2, "waiting": 1}
    assert "nothing to accept" in office.fails(approvals.accept, flow="companies")


@pytest.mark.feature("ACC-34")
def test_where_duties_are_separated_a_shell_cannot_accept(strict: Night, office: Office) -> None:
    company = strict.company("Apex Steel")
    strict.set(approvals={"default": "required", "separation_of_duties": True})
    strict.run(*BOTH)
    told = office.fails(approvals.accept, flow="companies", ids=[str(company["id"])])
    assert told == "test: separates duties: a shell cannot prove who accepts. Accept in the Airflow UI (ACC-34)."
    assert strict.run(*BOTH)["companies"] == {"waiting": 1}


@pytest.mark.feature("ACC-33")
def test_decisions_only_ever_add_rows(strict: Night, office: Office) -> None:
    company = strict.company("Apex Steel")
    before: list[Any] = []
    ids = [str(company["id"])]
    for step in (
        lambda: strict.run(*BOTH),
        lambda: office.do(approvals.reject, flow="companies", ids=ids, reason="no"),
        lambda: office.do(approvals.send, flow="companies", ids=ids),
        lambda: strict.run(*BOTH),
        lambda: accept(office, company),
        lambda: strict.run(*BOTH),
    ):
        step()
        rows = strict.rows(approval)
        assert rows[: len(before)] == before
        before = rows
    assert len(before) == 5


def test_what_cannot_be_decided_is_told_in_words(strict: Night, office: Office) -> None:
    company = strict.company("Apex Steel")
    ids = [str(company["id"])]
    assert "is not known. Run the stage once" in office.fails(approvals.send, flow="companies", ids=ids)
    strict.run(*BOTH)
    assert "is not sent. Expected: waiting" in office.fails(approvals.accept, flow="companies", ids=["4711"])
    told = office.fails(approvals.send, flow="vendors", ids=ids)
    assert "has no flow 'vendors'. It has billed_orders, change_orders, commitments, " in told
    assert "has no integration 'nobody'. There are: test." in office.fails(approvals.show, integration="nobody")
