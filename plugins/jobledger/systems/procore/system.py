"""Procore as a `System`: one company, connected for one integration."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import timedelta
from typing import Any, Literal

from jobledger.errors import Finding
from jobledger.systems.base import Capabilities, Entity, Page, Record, Window, Write, WriteResult
from jobledger.systems.client import Client
from jobledger.systems.procore import checks
from jobledger.systems.procore.api import Api
from jobledger.systems.procore.codes import CostCodes
from jobledger.systems.procore.directory import DirectoryWrites
from jobledger.systems.procore.entities import ENTITIES
from jobledger.systems.procore.projects import Permitted
from jobledger.systems.procore.reads import Commitments, Projects, Readable, StandardCostCodes, Vendors


class Procore:
    """One Procore company. `projects` narrows what is read; `import_list` names the list that new codes join."""

    name = "procore"
    entities: Mapping[str, Entity] = ENTITIES
    capabilities = Capabilities(late_commit=timedelta(minutes=15), concurrency=4)

    def __init__(
        self,
        client: Client,
        company_id: int,
        projects: Literal["all"] | Sequence[int] = "all",
        import_list: str | None = None,
        ignore_sub_jobs: bool = False,
    ) -> None:
        client.headers = {**client.headers, "Procore-Company-Id": str(company_id)}
        self.api = Api(client, company_id)
        self._permitted = Permitted(self.api, projects)
        standard = StandardCostCodes(self.api)
        self._of: dict[str, Readable] = {
            "vendors": Vendors(self.api),
            "projects": Projects(self.api),
            "standard_cost_codes": standard,
            "cost_codes": CostCodes(self.api, self._permitted, standard, ignore_sub_jobs),
            "commitments": Commitments(self._permitted),
        }
        self._writes = DirectoryWrites(self.api, self._of, standard, import_list)

    def read(self, entity: str, window: Window) -> Iterator[Page]:
        """The records of a list, inactive ones included."""
        return self._of[entity].read(window)

    def fetch(self, entity: str, ids: Sequence[str]) -> list[Record]:
        """The records with these ids."""
        return self._of[entity].fetch(ids) if ids else []

    def find(self, entity: str, mark: str | None, natural_key: Mapping[str, Any]) -> list[Record]:
        """The records with our mark or, without a mark, with the natural key."""
        return self._of[entity].find(mark, natural_key)

    def write(self, entity: str, writes: Sequence[Write], key: str) -> list[WriteResult]:
        """Sends one batch. Procore documents no idempotency key: `key` is not sent."""
        return self._writes.write(entity, writes)

    def check(self) -> list[Finding]:
        """Connection, permissions, permitted projects, and other integrations' origin ids."""
        return checks.findings(self.api, self._permitted, self._of)
