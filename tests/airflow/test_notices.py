"""Notices: the daily digest and rejections, by mail to a real mail server."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from email import message_from_bytes
from email.message import Message
from pathlib import Path
from typing import Any

import pytest
from aiosmtpd.controller import Controller

from jobledger import platform
from jobledger.actions import approvals, notices
from jobledger.errors import RetryLater
from jobledger.store.engine import writing
from sandbox.faults import Fault
from tests.airflow.company import DAGS, Company
from tests.pipeline.night import STAGE_1, STAGE_2

BOLD = "{{ 7 * 7 }} <b>Bold</b>"
MAIL = {
    "notifier": "airflow.providers.smtp.notifications.smtp.SmtpNotifier",
    "options": {
        "to": "{to}",
        "subject": "{subject}",
        "html_content": "<pre>{html}</pre>",
        "from_email": "jobledger@ironwood.example",
        "smtp_conn_id": "mail",
    },
    "people": {"ann": "ann@ironwood.example", "ben": "ben@ironwood.example"},
    "digest": ["ann"],
}


class Letters:
    """A mail server's handler, which keeps what arrives."""

    def __init__(self) -> None:
        self.kept: list[tuple[list[str], Message]] = []

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:  # noqa: N802
        self.kept.append((envelope.rcpt_tos, message_from_bytes(envelope.content)))
        return "250 OK"

    def last(self) -> tuple[list[str], str, str]:
        """To whom the last one went, its subject and its text."""
        to, message = self.kept[-1]
        part = next(part for part in message.walk() if part.get_content_type() == "text/html")
        return to, str(message["Subject"]), bytes(part.get_payload(decode=True)).decode()


@pytest.fixture
def mail(monkeypatch: pytest.MonkeyPatch) -> Iterator[Letters]:
    """A mail server to which Airflow's connection `mail` leads."""
    kept = Letters()
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    server = Controller(kept, hostname="127.0.0.1", port=port)
    server.start()
    extra = '{"disable_tls": true, "disable_ssl": true}'
    connection = f'{{"conn_type": "smtp", "host": "127.0.0.1", "port": {port}, "extra": {extra}}}'
    monkeypatch.setenv("AIRFLOW_CONN_MAIL", connection)
    yield kept
    server.stop()


@pytest.fixture
def letters(acme: Company, mail: Letters) -> Letters:
    """The mail server, and two companies that wait for an acceptance."""
    bolt = next(one for one in acme.sandbox.world.tables.all("procore.vendors") if one["name"] == "Bolt Electric")
    acme.seed("procore", "vendors", {"id": bolt["id"], "name": BOLD})
    acme.integrate(approvals={"default": "required"}, notices=MAIL)
    acme.run()
    return mail


def tell(acme: Company, **conf: Any) -> str:
    run = acme._dag(DAGS, "acme.notices").test(run_conf=conf)
    return str(run.state)


def by_mail(acme: Company, digest: bool = True) -> int:
    """What the DAG's task does."""
    paired = platform.integration("acme")

    def notify(said: notices.Message) -> None:
        platform.notify(paired.notices, said.to, said.subject, said.text, {})

    return notices.tell("acme", "a run", digest, notify)


def send(acme: Company, name: str, by: str) -> None:
    """Somebody sends a company, and a run takes it up."""
    paired = platform.integration("acme")
    with writing(platform.engine()) as connection:
        approvals.send(connection, paired, approvals.flow_named(paired, "companies"), [ids(acme)[name]], by)
    acme.run()


def reject(acme: Company, name: str, reason: str) -> None:
    paired = platform.integration("acme")
    flow = approvals.flow_named(paired, "companies")
    with writing(platform.engine()) as connection:
        approvals.decide(connection, paired, flow, [ids(acme)[name]], "rejected", "an approver", reason)


def ids(acme: Company) -> dict[str, str]:
    return {one["name"]: str(one["id"]) for one in acme.sandbox.world.tables.all("procore.vendors")}


@pytest.mark.feature("XER-100", "XER-101", "XTR-36")
def test_what_waits_is_told_in_a_digest_and_a_rejection_once_to_whoever_sent_the_record(
    acme: Company, letters: Letters
) -> None:
    assert tell(acme) == "success"
    assert letters.last()[:2] == (["ann@ironwood.example"], "acme: 2 wait for an acceptance")
    assert "companies: 2" in letters.last()[2]
    send(acme, BOLD, "ben")
    reject(acme, BOLD, "wrong name")
    assert [by_mail(acme, digest=False), by_mail(acme, digest=False)] == [1, 0]
    to, subject, text = letters.last()
    assert (to, subject) == (["ben@ironwood.example"], f"acme: {BOLD} was rejected")
    assert "Reason: wrong name" in text
    # a name that looks like a template or like markup is only a name
    assert "{{ 7 * 7 }} &lt;b&gt;Bold&lt;/b&gt;" in text
    reject(acme, "Ace Concrete", "nobody sent it")
    assert by_mail(acme, digest=False) == 1
    assert letters.last()[0] == ["ann@ironwood.example"]
    # sending again is not told at once, only in the next digest
    send(acme, BOLD, "ben")
    assert [by_mail(acme, digest=False), by_mail(acme)] == [0, 1]
    assert letters.last()[1] == "acme: 1 wait for an acceptance"


@pytest.mark.feature("XTR-37")
@pytest.mark.parametrize("flow", ["commitments", "change_orders"])
def test_a_rejected_commitment_or_change_order_is_told_to_its_author_in_procore(
    acme: Company, mail: Letters, tmp_path: Path, flow: str
) -> None:
    reject_document(acme, tmp_path, flow, made_by={"last_name": "Site", "email_address": "dora@site.example"})
    assert by_mail(acme, digest=False) == 1
    to, subject, text = mail.last()
    assert (to, subject) == (["dora@site.example"], f"acme: {NUMBERS[flow]} was rejected")
    assert "Reason: wrong code" in text
    assert "pass this on" not in text


@pytest.mark.feature("XTR-37")
@pytest.mark.parametrize(
    ("made_by", "level", "said"),
    [
        ({"last_name": "Gone", "email_address": "gone@site.example", "is_active": False}, "admin", "it names none"),
        ({"last_name": "Paper"}, "admin", "it names none"),
        ({"last_name": "Site", "email_address": "dora@site.example"}, "none", "permission on the Directory tool"),
    ],
)
def test_a_rejection_whose_author_procore_does_not_tell_goes_to_the_sender_and_says_so(
    acme: Company, mail: Letters, tmp_path: Path, made_by: dict[str, Any], level: str, said: str
) -> None:
    reject_document(acme, tmp_path, "commitments", made_by)
    acme.seed("procore", "permissions", {"tool": "directory", "level": level})
    assert by_mail(acme, digest=False) == 1
    to, _, text = mail.last()
    assert to == ["ben@ironwood.example"]
    assert said in text
    assert "pass this on" in text


@pytest.mark.feature("XTR-37")
def test_a_rejection_is_told_later_while_procore_does_not_answer_who_made_the_record(
    acme: Company, mail: Letters, tmp_path: Path
) -> None:
    reject_document(acme, tmp_path, "commitments", {"last_name": "Site", "email_address": "dora@site.example"})
    acme.sandbox.faults.active = [Fault(kind="status", system="procore", path="/users/", status=503)]
    acme.patch.setattr("jobledger.systems.client.MOST_ATTEMPTS", 1)
    with pytest.raises(RetryLater):
        by_mail(acme, digest=False)
    assert mail.kept == []
    acme.sandbox.faults.active = []
    assert by_mail(acme, digest=False) == 1
    assert mail.last()[0] == ["dora@site.example"]


def reject_document(acme: Company, folder: Path, flow: str, made_by: dict[str, Any]) -> None:
    """A user of Procore makes a commitment, or a change order; Ben sends it, and an approver rejects it."""
    acme.sandbox.reset("empty")
    acme.integrate(notices=MAIL)
    desk = acme.desk(folder / "nights")
    desk.night.set(approvals={"default": "automatic", flow: "required"}, notices=MAIL)
    desk.night.run(*STAGE_1)
    desk.night.run(*STAGE_2)
    [user] = desk.seed("users", made_by)
    contract = desk.subcontract(number="SC-077", title="Paving", created_by_id=user["id"])
    record = contract if flow == "commitments" else desk.change_order(contract, created_by_id=user["id"])
    paired, run = platform.integration("acme"), approvals.flow_named(platform.integration("acme"), flow)
    desk.tonight("commitments", "change_orders")
    with writing(platform.engine()) as connection:
        approvals.send(connection, paired, run, [str(record["id"])], "ben")
    desk.tonight("commitments", "change_orders")
    with writing(platform.engine()) as connection:
        approvals.decide(connection, paired, run, [str(record["id"])], "rejected", "an approver", "wrong code")


NUMBERS = {"commitments": "SC-077 Paving", "change_orders": "001 Change 001"}


def test_a_rejection_that_no_mail_server_took_is_told_later(
    acme: Company, letters: Letters, monkeypatch: pytest.MonkeyPatch
) -> None:
    reject(acme, BOLD, "wrong name")
    with monkeypatch.context() as patch, pytest.raises(ConnectionRefusedError):
        patch.setenv("AIRFLOW_CONN_MAIL", '{"conn_type": "smtp", "host": "127.0.0.1", "port": 1, "extra": {}}')
        by_mail(acme, digest=False)
    assert by_mail(acme, digest=False) == 1
    assert len(letters.kept) == 1


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"notifier": "nowhere.Notifier"}, "nowhere.Notifier cannot be made with these options (No module named"),
        ({"options": {"nobody": "{nothing}"}}, "cannot be made with these options ('nothing')"),
        ({"options": {"to": "{}"}}, "cannot be made with these options (Replacement index 0"),
        ({"notifier": "Notifier"}, "Notifier cannot be made with these options (Empty module name)"),
    ],
)
def test_a_notifier_that_cannot_be_made_says_so(acme: Company, changes: dict[str, Any], told: str) -> None:
    acme.integrate(approvals={"default": "required"}, notices=MAIL | changes)
    paired = platform.integration("acme")
    with pytest.raises(Exception, match=r"notices: ") as error:
        platform.notify(paired.notices, ["a@b.example"], "s", "t", {})
    assert told in str(error.value)


def test_without_a_notifier_there_is_no_dag_and_nobody_without_an_address_is_told(acme: Company) -> None:
    acme.integrate(notices={})
    with pytest.raises(KeyError):
        acme._dag(DAGS, "acme.notices")
    acme.integrate(notices=MAIL | {"digest": ["carl"]})
    with pytest.raises(Exception, match="`people` has no address of carl"):
        platform.integration("acme")
