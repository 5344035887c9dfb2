"""A process is killed (SIGKILL) at every labelled point of a write; the next run finishes what it began, once."""

from __future__ import annotations

import multiprocessing
import os
import signal
from typing import Any

import pytest
import requests
from requests.adapters import HTTPAdapter

from jobledger.store.engine import make_engine
from tests.pipeline.desk import Desk
from tests.pipeline.linked import desk_of, site_of
from tests.pipeline.night import Night
from tests.pipeline.site import SLABS, Site
from tests.pipeline.test_documents_never_twice import FLOWS, POINTS, settles, signed, until
from tests.sandbox.server import serving
from tests.systems.stage import PROCORE, XERO

_FORK = multiprocessing.get_context("fork")
HOSTS = ("https://login.procore.com", "https://identity.xero.com", PROCORE, XERO)
IN_STEPS = ["mapped", "intent_open", "step header", "step lines", "answered", "linked", "cursor_moved"]
"""The points of a write of several requests: a direct cost is a header, and then its lines."""


@pytest.fixture
def desk(night: Night) -> Desk:
    return signed(desk_of(night))


class Forwarding(HTTPAdapter):
    """Sends what is meant for a vendor to the sandbox behind a socket."""

    def __init__(self, url: str) -> None:
        super().__init__()
        self._url = url

    def send(self, request: requests.PreparedRequest, *args: Any, **options: Any) -> requests.Response:
        """Asks the sandbox."""
        for host in HOSTS:
            request.url = str(request.url).replace(host, self._url)
        return super().send(request, *args, **options)


def killed(site: Site, flow: str, point: str) -> int:
    """Runs a flow in a process of its own that is killed at a point; how the process ended."""
    with serving(site.stage.sandbox) as url:
        process = _FORK.Process(target=_run, args=(site.night, url, flow, point))
        process.start()
        process.join(60)
    return int(process.exitcode or 0)


def _run(night: Night, url: str, flow: str, point: str) -> None:
    night.engine = make_engine(night.engine.url.render_as_string(hide_password=False))
    night.stage.around.session.mount("https://", Forwarding(url))
    night.run(flow, at_point=lambda passed: os.kill(os.getpid(), signal.SIGKILL) if passed == point else None)


@pytest.mark.feature("XER-43", "XER-53", "XER-60", "ACC-11", "ACC-17")
@pytest.mark.parametrize("point", POINTS)
@pytest.mark.parametrize("flow", FLOWS)
def test_a_process_killed_at_any_point_leaves_each_document_once(desk: Desk, flow: str, point: str) -> None:
    until(desk, flow)
    assert killed(desk, flow, point) == -signal.SIGKILL
    settles(desk)


@pytest.mark.feature("XER-85", "ACC-23")
@pytest.mark.parametrize("point", IN_STEPS)
def test_a_process_killed_between_header_and_lines_leaves_one_direct_cost_with_its_lines(
    night: Night, point: str
) -> None:
    site = site_of(night)
    site.bill(site.cost("96.00"), site.cost("4.00", code=SLABS), number="1001")
    assert killed(site, "job_costs", point) == -signal.SIGKILL
    night.later(hours=1)
    site.documents()
    [cost] = site.costs()
    lines = [row for row in site.stage.records("procore.direct_cost_line_items") if row["direct_cost_id"] == cost["id"]]
    assert sorted(row["amount"] for row in lines) == ["4.00", "96.00"]
    writes = night.writes()
    night.later(hours=1)
    site.documents()
    assert (night.writes(), night.open("job_costs")) == (writes, [])
