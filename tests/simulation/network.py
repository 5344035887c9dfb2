"""The way to the vendors, on which requests and answers are lost, late, cut short, garbled, refused and throttled."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import requests
from requests.adapters import BaseAdapter

from sandbox.app import Sandbox
from sandbox.faults import Fault
from sandbox.in_process import InProcessAdapter
from tests.pipeline.night import Died
from tests.simulation.chance import Chance

READ_SHARE, WRITE_SHARE = 0.02, 0.2
"""At how many reads and writes an active trouble strikes."""

DEATH_SHARE = 0.02

READS: Mapping[str, Mapping[str, Any]] = {
    "lost": {"kind": "drop_before_commit"},
    "slow": {"kind": "timeout"},
    "cut short": {"kind": "truncate_body"},
    "garbled": {"kind": "garbage"},
    "broken": {"kind": "status", "status": 500},
    "down": {"kind": "status", "status": 503, "retry_after": 20},
    "throttled": {"kind": "status", "status": 429, "retry_after": 7},
    "throttled without a word": {"kind": "status", "status": 429},
    "throttled for a million seconds": {"kind": "status", "status": 429, "retry_after": 1_000_000},
    "token refused": {"kind": "stale_token"},
    "edited while it is paged": {"kind": "edit_while_paging"},
}
"""What happens to a request that changes nothing."""

WRITES: Mapping[str, Mapping[str, Any]] = {
    **{name: fault for name, fault in READS.items() if name != "edited while it is paged"},
    "answer lost": {"kind": "drop_after_commit"},
    "answer slow": {"kind": "timeout", "executed": True},
    "answer garbled": {"kind": "garbage", "executed": True},
    "done, and answered with an error": {"kind": "status", "status": 500, "executed": True},
    "a part refused": {"kind": "partial_batch"},
    "late": {"kind": "timeout"},
}
"""What happens to a write; a `late` one is carried out after its sender has given it up."""


class Network(BaseAdapter):
    """Mounted on a session in place of the sandbox's own transport."""

    def __init__(self, sandbox: Sandbox, chance: Chance) -> None:
        super().__init__()
        self._sandbox, self._chance = sandbox, chance
        self._way = InProcessAdapter(sandbox)
        self._late: list[requests.PreparedRequest] = []
        self.drafts: list[str] = []
        """Ids of invoices that nobody has approved: a list that is paged moves when one is removed."""

    def send(  # type: ignore[override]
        self, request: requests.PreparedRequest, timeout: Any = None, **_: Any
    ) -> requests.Response:
        """Asks the sandbox, if all goes well. Raises what `requests` raises where it does not."""
        if self._late and self._chance.random.random() < 0.3:
            self.arrive()
        trouble = self._trouble(request)
        if trouble == "late":
            self._late.append(request)
            raise requests.exceptions.ReadTimeout("Read timed out.")
        faults = READS | WRITES
        self._sandbox.faults.active = [Fault(**faults[trouble])] if trouble else []
        try:
            answer = self._way.send(request, timeout)
        finally:
            self._sandbox.faults.active = []
        self._while_it_is_read(request)
        return answer

    def arrive(self) -> None:
        """Carries out the writes that were under way."""
        late, self._late = self._late, []
        for request in late:
            self._way.send(request)

    def close(self) -> None:
        """Nothing is open."""

    def _while_it_is_read(self, request: requests.PreparedRequest) -> None:
        """The process dies with the answer in its hands; or a list of which a page was just read moves."""
        if self._chance.strikes(f"dies before it has read the answer of a {request.method}", DEATH_SHARE):
            raise Died(f"a {request.method}")
        listed = "/requisitions?" in str(request.url) and "per_page" in str(request.url)
        if listed and self.drafts and self._chance.strikes("a draft is removed while the list is paged", 0.3):
            self._sandbox.vendors["procore"].remove("requisitions", self.drafts.pop(0))

    def _trouble(self, request: requests.PreparedRequest) -> str | None:
        system = self._sandbox.system_of(requests.utils.urlparse(request.url).path)
        reads = request.method == "GET" or "/token" in str(request.url)
        troubles, share = (READS, READ_SHARE) if reads else (WRITES, WRITE_SHARE)
        labels = (f"{request.method} {system}: {trouble}" for trouble in troubles)
        struck = [label for label in labels if self._chance.strikes(label, share)]
        return struck[0].partition(": ")[2] if struck else None
