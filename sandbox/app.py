"""The sandbox as one function: a request goes in, an answer comes out. No socket is opened here."""

from __future__ import annotations

import logging
import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from email.utils import format_datetime
from pathlib import Path
from typing import Any

from sandbox import control, datasets, faults
from sandbox.http import Request, Response, json_response
from sandbox.log import RequestLog
from sandbox.pex.vendor import PexSandbox
from sandbox.procore.vendor import ProcoreSandbox
from sandbox.quickbooks_online.vendor import QuickBooksSandbox
from sandbox.vendor import Vendor
from sandbox.world import Clock, World
from sandbox.xero.vendor import XeroSandbox

_log = logging.getLogger(__name__)


class Sandbox:
    """All vendors on one port. With a file, what they know outlives the process.

    `handle` may be called from several threads: requests are worked off one at a time.
    """

    def __init__(self, file: Path | None = None, seed: int = 7, clock: Clock | None = None) -> None:
        self.world = World(file, seed, clock)
        self.seed = seed
        self.is_new = not self.world.tables.entities()
        made = (
            ProcoreSandbox(self.world),
            XeroSandbox(self.world),
            QuickBooksSandbox(self.world),
            PexSandbox(self.world),
        )
        self.vendors: dict[str, Vendor] = {vendor.name: vendor for vendor in made}
        self.log = RequestLog()
        self.faults = faults.Faults()
        self._lock = threading.Lock()
        self._control = control.router(self)
        self._in_flight: Counter[str | None] = Counter()
        self._restore()

    def handle(self, request: Request) -> Response:
        """Answers a request to a control route or to a vendor. Never raises for what a client can send."""
        with self._lock:
            response = self._answer(request)
            self.world.tables.commit()
        return self._dated(response)

    @contextmanager
    def under_way(self, path: str) -> Iterator[int]:
        """Counts a request from its arrival to the end of its answer; yields how many of that system are under way."""
        system = self.system_of(path)
        self._in_flight[system] += 1
        try:
            yield self._in_flight[system]
        finally:
            self._in_flight[system] -= 1

    def system_of(self, path: str) -> str | None:
        """The name of the vendor whose path that is."""
        return next((vendor.name for vendor in self.vendors.values() if vendor.owns(path)), None)

    def reset(self, dataset: str = "demo", scale: int = 1, seed: int | None = None) -> None:
        """Starts afresh with a dataset: records, tokens, log, faults and ledger go; time and quota modes stay.

        Raises `ValueError` for a dataset that does not exist.
        """
        chosen = self.seed if seed is None else seed
        datasets.load(self.world, self.vendors, dataset, scale, chosen)
        self.world.forget_ledger()
        self.seed = chosen
        self.log.clear()
        self.faults.active.clear()
        for vendor in self.vendors.values():
            vendor.quota.reset()
        self.keep_time()
        self.is_new = False

    def keep_time(self) -> None:
        """Lets the sandbox's time survive a restart."""
        self.world.tables.put("sandbox.settings", "clock", {"offset": self.world.clock.offset})

    def close(self) -> None:
        """Commits and closes the state file."""
        self.world.tables.close()

    def _restore(self) -> None:
        if self.is_new:
            for vendor in self.vendors.values():
                vendor.install()
            self.world.forget_ledger()
        clock = self.world.tables.get("sandbox.settings", "clock")
        if clock:
            self.world.clock.offset = float(clock["offset"])

    def _answer(self, request: Request) -> Response:
        if request.path.startswith(control.PREFIX):
            return control.answer(self._control, request)
        system = self.system_of(request.path)
        if system is None:
            return json_response({"message": f"No vendor of the sandbox has the path {request.path}"}, 404)
        return self._ask(self.vendors[system], request)

    def _ask(self, vendor: Vendor, request: Request) -> Response:
        entry = self.log.add(self.world.clock.now(), vendor.name, request)
        fault = self.faults.striking(vendor.name, request)
        if fault is None:
            response = self._vendor_answer(vendor, request)
            entry.status = response.status
            return response
        entry.fault = fault.kind
        refused = faults.instead(fault)
        if refused is not None:
            entry.status = refused.status if refused.cut is None else None
            return refused
        response = self._vendor_answer(vendor, faults.spoiled(fault, request))
        entry.status = response.status
        faults.edit_listed_row(fault, vendor, self.world.tables, request, response)
        return faults.after(fault, response)

    def _vendor_answer(self, vendor: Vendor, request: Request) -> Response:
        mark = self.world.tables.mark()
        self.world.actor = "api"
        try:
            response = vendor.quota.take(request) or vendor.answer(request)
        except Exception:
            # A defect of the sandbox, which clients must survive as they do one of the vendor's.
            _log.exception("%s %s could not be answered", request.method, request.path)
            self.world.tables.undo(mark)
            response = json_response({"message": "The sandbox could not answer this request"}, 500)
        finally:
            self.world.actor = "person"
        return replace(response, headers={**response.headers, **vendor.quota.headers(request)})

    def _dated(self, response: Response) -> Response:
        date = format_datetime(self.world.clock.now(), usegmt=True)
        return replace(response, headers={**response.headers, "date": date})

    def quotas(self) -> dict[str, Any]:
        """Per vendor and window: the limit and the highest use since the last reset."""
        return {name: vendor.quota.highest_use() for name, vendor in self.vendors.items()}
