from __future__ import annotations

import base64

import pytest
import requests

from tests.sandbox.pex_client import HOST, PDF, Pex


@pytest.fixture
def pex() -> Pex:
    return Pex()


def follow(pex: Pex, link: str, **headers: str) -> requests.Response:
    return pex.session.get(HOST + link, headers={"Authorization": None, **headers})


def test_a_transaction_without_receipts_is_404_as_is_one_that_is_not_there(pex: Pex) -> None:
    assert pex.refused("GET", f"Transactions/{pex.buy()}/Attachments")[0] == 404
    assert pex.refused("GET", "Transactions/1/Attachments")[0] == 404


def test_receipts_are_listed_with_kind_size_and_state(pex: Pex) -> None:
    key = pex.buy()
    pex.attach(key)
    pex.attach(key, b"\x89PNG picture", UploadStatus="HasMalware")
    told = pex.get(f"Transactions/{key}/Attachments")
    assert [(one["Type"], one["Size"], one["UploadStatus"]) for one in told["Attachments"]] == [
        ("Pdf", len(PDF), "Loaded"),
        ("Image", 12, "HasMalware"),
    ]
    assert told["ApprovalStatus"] == "NotReviewed"


def test_bytes_come_in_base64_or_by_a_link_that_needs_no_token(pex: Pex) -> None:
    key = pex.buy()
    path = f"Transactions/{key}/Attachment/{pex.attach(key)}"
    assert base64.b64decode(pex.get(path, AttachmentLinkType="Full")["Content"]) == PDF
    answer = follow(pex, pex.get(path)["Content"])
    assert (answer.status_code, answer.content, answer.headers["content-type"]) == (200, PDF, "application/pdf")
    assert pex.refused("GET", path, AttachmentLinkType="Huge")[0] == 400


def test_a_link_ends_after_fifteen_minutes_and_is_good_for_its_file_only(pex: Pex) -> None:
    key = pex.buy()
    file, other = pex.attach(key), pex.attach(key, b"\xff\xd8\xff another")
    link = pex.get(f"Transactions/{key}/Attachment/{file}")["Content"]
    assert follow(pex, link.replace(file, other)).status_code == 403
    assert follow(pex, link.split("&", 1)[0]).status_code == 403
    pex.later("14 min")
    assert follow(pex, link).status_code == 200
    pex.later("2 min")
    assert follow(pex, link).status_code == 403


def test_a_link_refuses_whoever_brings_the_token_too(pex: Pex) -> None:
    key = pex.buy()
    link = pex.get(f"Transactions/{key}/Attachment/{pex.attach(key)}")["Content"]
    assert pex.session.get(HOST + link).status_code == 400


@pytest.mark.parametrize("state", ["NotLoaded", "Deleted", "HasMalware", "LoadFailed"])
def test_what_is_not_loaded_has_no_content(pex: Pex, state: str) -> None:
    key = pex.buy()
    path = f"Transactions/{key}/Attachment/{pex.attach(key, UploadStatus=state)}"
    assert [pex.get(path, AttachmentLinkType=kind).get("Content") for kind in ("LinkUrl", "Full")] == [None, None]


def test_a_receipt_is_read_at_its_own_transaction_only(pex: Pex) -> None:
    file = pex.attach(pex.buy())
    assert pex.refused("GET", f"Transactions/{pex.buy()}/Attachment/{file}")[0] == 404
