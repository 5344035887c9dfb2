"""Nobody sees or does anything on a page that Airflow does not allow."""

from __future__ import annotations

import re
from typing import Any

import pytest
from fastapi.routing import APIRoute

from jobledger.web.access import form_token
from jobledger.web.app import PREFIX, make_app
from tests.web.conftest import ROLES, Pages, somebody

FILLED = {
    "integration": "acme",
    "stage": "job_costs",
    "run": "1",
    "flow": "companies",
    "source_id": "1",
    "dag_id": "acme.job_costs",
    "name": "tieout",
    "kind": "companies",
    "action": "unlink",
    "decision": "accepted",
}
FORMS: dict[str, dict[str, Any]] = {
    "run": {"mode": "plan"},
    "paused": {"paused": "false"},
    "dismiss": {"flow": "companies", "ids": ["0"], "reason": "tried"},
    "retry": {"flow": "companies", "ids": ["0"]},
    "import": {"text": "kind,procore_id,accounting_id\n"},
    "automap": {"pairs": ["0\t0"]},
    "differ": {"pairs": ["0\t0"]},
    "link": {"procore_id": "0", "accounting_id": "0"},
    "push": {"side": "procore", "ids": ["0"]},
    "refresh": {"tab": "procore"},
    "unlink": {"ids": ["0"]},
    "acknowledge": {"measure": "cost", "amount_seen": "1.00", "reason": "tried"},
    "decide/accepted": {"flow": "companies", "chosen": ["0\tx"]},
    "check": {},
    "own/sent": {"flow": "companies", "chosen": ["0\tx"]},
}


QUERIES: dict[str, dict[str, str]] = {
    "choose": {"side": "procore", "id": "0"},
    "progress": {"stage": "job_costs", "run": "0"},
}


def routes(method: str) -> list[str]:
    found = [one for one in make_app().routes if isinstance(one, APIRoute) and method in one.methods]
    return [_filled(one.path) for one in found]


def _filled(path: str) -> str:
    path = path.replace("/own/{decision}", "/own/sent")
    return re.sub(r"\{(\w+)(:path)?\}", lambda name: FILLED[name[1]], path)


def form_of(path: str) -> dict[str, Any]:
    last, two = path.rpartition("/")[2], "/".join(path.split("/")[-2:])
    return FORMS.get(two) or FORMS[last]


def test_there_are_only_pages_and_forms() -> None:
    methods = {method for one in make_app().routes if isinstance(one, APIRoute) for method in one.methods}
    assert methods == {"GET", "POST"}


@pytest.mark.parametrize("path", routes("GET"))
def test_a_page_needs_a_login_and_every_role_may_read(pages: Pages, path: str) -> None:
    assert pages.get(path, None).status_code == 401
    query = QUERIES.get(path.rpartition("/")[2], {})
    assert {pages.get(path, role, **query).status_code for role in ROLES} <= {200, 303, 404}


@pytest.mark.parametrize("path", routes("POST"))
def test_a_form_needs_a_login_and_more_than_a_reader(pages: Pages, path: str) -> None:
    assert pages.send(path, None, **form_of(path)).status_code == 401
    assert pages.send(path, "viewer", **form_of(path)).status_code == 403
    role = "op" if path.endswith("/decide/accepted") else "user"
    assert pages.send(path, role, **form_of(path)).status_code in {200, 303, 409}


@pytest.mark.parametrize("path", [*routes("GET"), *routes("POST")])
def test_an_integration_that_is_not_there_is_not_found(pages: Pages, path: str) -> None:
    elsewhere = path.replace("acme", "nobody")
    if elsewhere != path:
        query = QUERIES.get(path.rpartition("/")[2], {})
        answer = pages.get(elsewhere, **query) if path in routes("GET") else pages.send(elsewhere, **form_of(path))
        assert answer.status_code == 404


@pytest.mark.parametrize("path", routes("POST"))
def test_a_form_of_another_site_or_of_another_user_is_refused(pages: Pages, path: str) -> None:
    form = form_of(path)
    for headers in ({"sec-fetch-site": "cross-site"}, {"sec-fetch-site": "same-site"}, {"origin": "https://evil.test"}):
        assert pages.send(path, headers=headers, **form).status_code == 403
    for token in ("", "made up", form_token(somebody("admin"))):
        assert pages.send(path, **form | {"token": token}).status_code == 403


@pytest.mark.parametrize("path", sorted({*routes("POST")} - {*routes("GET")}))
def test_what_changes_something_is_no_get(pages: Pages, path: str) -> None:
    assert pages.get(path, "admin", **form_of(path)).status_code in {404, 405}


@pytest.mark.parametrize("path", [*routes("GET"), "/static/style.css", "/no/such/page/at/all"])
def test_a_browser_loads_and_runs_nothing_but_our_own_files(pages: Pages, path: str) -> None:
    policy = pages.get(path).headers["content-security-policy"]
    assert policy.startswith("default-src 'none'")
    assert "unsafe" not in policy
    assert "http" not in policy


def test_there_is_no_list_of_routes_for_strangers(pages: Pages) -> None:
    for path in ("/openapi.json", "/docs", "/redoc"):
        assert pages.get(path, None).status_code in {401, 404}


def test_a_sentence_that_somebody_put_into_an_address_is_not_shown(pages: Pages) -> None:
    assert "Pay the bill" not in pages.get("/", note="Pay the bill to account 7").text
    assert PREFIX in pages.get("/").text
