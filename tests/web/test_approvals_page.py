"""The approvals pages: what waits, shown as it will be written; accepted, rejected, taken back and sent again."""

from __future__ import annotations

import re
from typing import Any

import pytest

from jobledger.store import approvals as kept
from jobledger.store.engine import reading
from tests.web.conftest import Pages

PAGE = "/acme/approvals"
STAGE_1 = ("companies", "contacts")
RULES = {"default": "required"}


def rule(pages: Pages, **changes: Any) -> None:
    pages.desk.night.set(approvals={**RULES, **changes})
    pages.acme.integrate(stages=pages.stages, approvals={**RULES, **changes})


@pytest.fixture(autouse=True)
def rules(pages: Pages) -> None:
    rule(pages)
    pages.acme.patch.setenv("AIRFLOW__JOBLEDGER__APPROVERS", "a op")


def a_company(pages: Pages, name: str, **more: Any) -> str:
    """A company that waits for an acceptance; its id."""
    night = pages.desk.night
    made = night.company(name, **more)
    run(pages)
    return str(made["id"])


def run(pages: Pages) -> None:
    pages.desk.night.later(hours=1)
    pages.desk.night.run(*STAGE_1, stage="vendors_and_projects")


def chosen(pages: Pages, source_id: str, flow: str = "companies") -> str:
    """What a form sends for a record, as its page has it."""
    found = re.search(r'name="chosen" value="([^"]+)"', pages.get(f"{PAGE}/{flow}/{source_id}").text)
    assert found
    return found[1]


def decide(pages: Pages, decision: str, *some: str, role: str = "op", flow: str = "companies", **more: str) -> Any:
    group = "decide" if decision in ("accepted", "rejected") else "own"
    return pages.send(f"{PAGE}/{group}/{decision}", role, flow=flow, chosen=list(some), **more)


def life(pages: Pages, source_id: str, flow: str = "companies") -> list[tuple[str, str]]:
    with reading(pages.desk.night.engine) as connection:
        found = kept.life(connection, pages.desk.night.pair, flow, source_id)
    return [(one.decision, one.by) for one in found]


@pytest.mark.feature("XER-7", "XER-74", "ACC-34")
def test_what_waits_is_shown_as_it_will_be_written_and_accepted_by_an_approver(pages: Pages) -> None:
    source_id = a_company(pages, "Fir Floors", business_phone="303 555 0100")
    assert "Fir Floors" in pages.get(PAGE, flow="companies").text
    shown = pages.get(f"{PAGE}/companies/{source_id}").text
    assert "it is new there" in shown
    assert "303 555 0100" in shown
    assert "Fir Floors" not in pages.desk.night.contacts()
    answer = pages.follow(decide(pages, "accepted", chosen(pages, source_id)), "op")
    assert "1 accepted, with the content that was shown." in answer
    assert life(pages, source_id) == [("waiting", "jobledger"), ("accepted", "a op")]
    assert "Fir Floors" not in pages.get(PAGE, flow="companies").text
    assert "Fir Floors" in pages.get(PAGE, flow="companies", state="accepted").text
    run(pages)
    assert "Fir Floors" in pages.desk.night.contacts()
    assert "Fir Floors" not in pages.get(PAGE, flow="companies", state="accepted").text


@pytest.mark.feature("XER-73", "XER-74")
@pytest.mark.parametrize("role", ["user", "admin"])
def test_whoever_is_no_approver_may_look_and_not_decide(pages: Pages, role: str) -> None:
    source_id = a_company(pages, f"Gum Glazing {role}")
    shown = pages.get(f"{PAGE}/companies/{source_id}", role).text
    assert "You may look, and an accounting approver decides." in shown
    assert "decide/accepted" not in shown
    answer = decide(pages, "accepted", chosen(pages, source_id), role=role)
    assert answer.status_code == 403
    assert "You are no accounting approver." in answer.text


def test_an_acceptance_is_bound_to_the_content_that_was_shown(pages: Pages) -> None:
    source_id = a_company(pages, "Hazel Heating")
    before = chosen(pages, source_id)
    pages.desk.night.edit({"id": int(source_id)}, name="Hazel Heating and Air")
    run(pages)
    answer = decide(pages, "accepted", before)
    assert (answer.status_code, "has changed since it was shown to you" in answer.text) == (409, True)
    assert [decision for decision, _ in life(pages, source_id)] == ["waiting", "waiting"]


def test_what_is_edited_after_the_acceptance_waits_again(pages: Pages) -> None:
    source_id = a_company(pages, "Ivy Insulation")
    decide(pages, "accepted", chosen(pages, source_id))
    pages.desk.night.edit({"id": int(source_id)}, name="Ivy Insulators")
    run(pages)
    assert "Ivy Insulators" in pages.get(PAGE, flow="companies").text
    assert "Ivy" not in " ".join(pages.desk.night.contacts())


def test_a_change_is_shown_beside_what_is_there_now(pages: Pages) -> None:
    source_id = a_company(pages, "Juniper Joists", business_phone="303 555 0100")
    decide(pages, "accepted", chosen(pages, source_id))
    run(pages)
    pages.desk.night.edit({"id": int(source_id)}, business_phone="303 555 0199")
    run(pages)
    shown = re.sub(r"\s+", " ", pages.get(f"{PAGE}/companies/{source_id}").text)
    assert "beside what is there now" in shown
    assert re.search(r'<tr class="changed"><th scope="row">Phones[^<]*</th><td>[^<]*0100</td><td>[^<]*0199', shown)


@pytest.mark.feature("XER-7", "XER-8", "XER-22", "XER-23")
def test_a_rejection_needs_a_reason_and_the_record_can_be_sent_again(pages: Pages) -> None:
    source_id = a_company(pages, "Kapok Kitchens")
    assert decide(pages, "rejected", chosen(pages, source_id)).status_code == 422
    shown = pages.follow(decide(pages, "rejected", chosen(pages, source_id), reason="wrong name"))
    assert "1 rejected." in shown
    assert "wrong name" in pages.get(PAGE, flow="companies", state="rejected").text
    run(pages)
    assert "Kapok Kitchens" not in pages.get(PAGE, flow="companies").text
    decide(pages, "sent", chosen(pages, source_id), role="user")
    run(pages)
    assert "Kapok Kitchens" in pages.get(PAGE, flow="companies").text
    assert life(pages, source_id)[-2:] == [("sent", "a user"), ("waiting", "a user")]


def test_a_rejection_stands_although_nobody_can_be_told_yet(pages: Pages) -> None:
    source_id = a_company(pages, "Lime Lumber")
    notices = {"notifier": "a.Notifier"}
    pages.acme.integrate(stages=pages.stages, approvals=RULES, notices=notices)
    answer = decide(pages, "rejected", chosen(pages, source_id), reason="wrong name")
    assert answer.status_code == 303
    assert life(pages, source_id)[-1] == ("rejected", "a op")


@pytest.mark.feature("XER-6", "XER-21")
def test_what_waits_is_taken_back_by_an_editor_and_by_no_viewer(pages: Pages) -> None:
    source_id = a_company(pages, "Larch Lifts")
    assert decide(pages, "retrieved", chosen(pages, source_id), role="viewer").status_code == 403
    decide(pages, "retrieved", chosen(pages, source_id), role="user")
    run(pages)
    assert "Larch Lifts" in pages.get(PAGE, flow="companies", state="retrieved").text
    assert decide(pages, "accepted", chosen(pages, source_id)).status_code == 409


@pytest.mark.feature("ACC-34")
def test_where_duties_are_separated_nobody_accepts_what_they_sent(pages: Pages) -> None:
    rule(pages, separation_of_duties=True)
    pages.acme.patch.setenv("AIRFLOW__JOBLEDGER__APPROVERS", "a op,a admin")
    source_id = a_company(pages, "Maple Masonry")
    decide(pages, "retrieved", chosen(pages, source_id), role="op")
    decide(pages, "sent", chosen(pages, source_id), role="op")
    run(pages)
    assert "You sent it: somebody else has to accept it." in pages.get(f"{PAGE}/companies/{source_id}", "op").text
    answer = decide(pages, "accepted", chosen(pages, source_id), role="op")
    assert (answer.status_code, "was sent by you" in answer.text) == (409, True)
    assert decide(pages, "accepted", chosen(pages, source_id), role="admin").status_code == 303


def test_many_are_accepted_at_once_or_none(pages: Pages) -> None:
    some = [a_company(pages, name) for name in ("Nut Networks", "Oak Openings")]
    shown = [chosen(pages, one) for one in some]
    assert decide(pages, "accepted", shown[0], "4711\tx").status_code == 409
    assert life(pages, some[0])[-1][0] == "waiting"
    assert decide(pages, "accepted", *shown).status_code == 303
    assert decide(pages, "accepted").status_code == 422


def test_what_is_accepted_can_be_written_by_a_run_of_its_own(pages: Pages) -> None:
    source_id = a_company(pages, "Pine Plumbing")
    answer = decide(pages, "accepted", chosen(pages, source_id), now="true")
    assert "run=" in answer.headers["location"]
    assert pages.started()[-1] == {"only_records": [f"companies:{source_id}"]}


@pytest.mark.feature("XER-39", "XER-41", "XER-58")
def test_a_commitment_waits_with_its_amount_and_its_lines(pages: Pages) -> None:
    desk = pages.desk
    contract = desk.subcontract(number="SC-077", title="Paving")
    desk.night.later(hours=1)
    desk.night.run("commitments", stage="commitments_and_change_orders")
    queue = pages.get(PAGE, flow="commitments").text
    assert "SC-077" in queue
    assert "15,000.00" in queue
    source_id = str(contract["id"])
    shown = pages.get(f"{PAGE}/commitments/{source_id}").text
    assert "PurchaseOrderNumber" in shown
    assert "<h2>Lines</h2>" in shown
    assert "Walls" in shown


def test_a_record_about_which_nothing_was_decided_is_not_found(pages: Pages) -> None:
    assert pages.get(f"{PAGE}/companies/4711").status_code == 404
    assert pages.get(f"{PAGE}/tax_codes/1").status_code == 404
    assert "Nothing waits for an acceptance." in pages.get(PAGE, flow="payments").text
