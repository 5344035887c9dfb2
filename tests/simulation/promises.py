"""What always holds, held against the sandbox's own ledger of accepted writes."""

from __future__ import annotations

import gzip
from collections import Counter
from datetime import datetime
from typing import Any

from jobledger.store.tables import cursor, intent, metadata, record_outcome
from tests.pipeline.night import Night

MADE = {
    "commitments": ("xero", "purchase_orders"),
    "invoices": ("xero", "invoices"),
    "payments": ("procore", "contract_payments"),
    "job_costs": ("procore", "direct_costs"),
}
"""What each flow makes, by the names of the ledger."""


class Promises:
    """One night's promises; `check_on_the_way` after every night, `check` when all is calm."""

    def __init__(self, night: Night) -> None:
        self.night = night
        self._cursors: dict[Any, datetime] = {}

    def check_on_the_way(self) -> None:
        """Nothing is there twice, and no cursor has gone back, whatever has just happened."""
        self._check_never_twice()
        self._check_cursors()

    def check(self) -> None:
        """Besides: nothing is left open of what was begun, history agrees with the ledger, quotas were kept."""
        self.check_on_the_way()
        left = [one for one in self.night.rows(intent) if one.state == "open"]
        assert not left, f"open intents: {left}"
        self._check_history()
        self._check_quotas()
        self._check_secrets()

    def _check_never_twice(self) -> None:
        """Every document that Jobledger made carries a mark or number of its own (XTR: never twice)."""
        records = self.night.stage.records
        marks = Counter(one["Url"] for one in records("xero.invoices") if "#procore-" in (one.get("Url") or ""))
        numbers = Counter(one["PurchaseOrderNumber"] for one in records("xero.purchase_orders"))
        paid = Counter(one["origin_id"] for one in records("procore.contract_payments"))
        costs = Counter((one["origin_id"]) for one in records("procore.direct_costs"))
        for counted in (marks, numbers, paid, costs):
            twice = {name: times for name, times in counted.items() if times > 1 and name}
            assert not twice, f"there twice: {twice}"

    def _check_cursors(self) -> None:
        for row in self.night.rows(cursor):
            key = (row.pair, row.entity, row.scope)
            assert row.until >= self._cursors.get(key, row.until), f"the cursor of {key} went back"
            self._cursors[key] = row.until

    def _check_history(self) -> None:
        """Each record was created once, by our history and by the vendor's ledger, what was taken back left out."""
        created = Counter(
            (one.flow, one.source_id) for one in self.night.rows(record_outcome) if one.outcome == "created"
        )
        ledger: Counter[tuple[str, str]] = Counter()
        for one in self.night.stage.sandbox.world.ledger():
            if one["by"] == "api":
                ledger[one["system"], one["entity"]] += {"create": 1, "delete": -1}.get(one["action"], 0)
        for flow, made in MADE.items():
            ours = {key: times for key, times in created.items() if key[0] == flow}
            assert not [key for key, times in ours.items() if times > 1], f"created twice in history: {ours}"
            assert len(ours) == ledger[made], f"{flow}: history has {len(ours)} created, the ledger {ledger[made]}"

    def _check_quotas(self) -> None:
        refused = [one for one in self.night.stage.sandbox.log.entries() if one.status == 429 and not one.fault]
        assert not refused, f"{len(refused)} calls beyond a quota"

    def _check_secrets(self) -> None:
        """No secret and no token is in a table, a staged file or a line of the log."""
        tables = self.night.stage.sandbox.world.tables
        secrets = {"procore-demo-secret", "xero-demo-secret"}
        secrets |= {key for entity in ("procore.tokens", "xero.access_tokens") for key, _ in tables.items(entity)}
        kept = [str(tuple(row)) for table in metadata.sorted_tables for row in self.night.rows(table)]
        staged = [gzip.decompress(file.read_bytes()).decode() for file in self.night.staging.rglob("*.gz")]
        everything = "\n".join([*kept, *staged, *self.night.stage.logged])
        assert staged
        assert not [one for one in secrets if one in everything]
