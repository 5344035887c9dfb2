"""PEX as a `System`: one card business, connected for one integration."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import AbstractContextManager
from datetime import timedelta
from typing import IO

from jobledger.errors import Finding
from jobledger.systems.base import Capabilities, Entity, Record
from jobledger.systems.books import Books
from jobledger.systems.pex.api import Api
from jobledger.systems.pex.checks import findings
from jobledger.systems.pex.entities import ENTITIES
from jobledger.systems.pex.options import Options
from jobledger.systems.pex.purchases import Purchases
from jobledger.systems.pex.reading import COST_CODES, COST_TYPES, PROJECTS, Reading
from jobledger.systems.pex.receipts import Receipts, opened
from jobledger.systems.pex.rules import Rules
from jobledger.systems.pex.tags import Tags


class Pex(Books):
    """One PEX business."""

    name = "pex"
    entities: Mapping[str, Entity] = ENTITIES
    capabilities = Capabilities(late_commit=timedelta(minutes=15), concurrency=1)

    def __init__(self, api: Api, reading: Reading) -> None:
        self.api, self._tags = api, Tags(api, reading)
        super().__init__(
            {
                "project_options": Options(self._tags, PROJECTS),
                "cost_code_options": Options(self._tags, COST_CODES),
                "cost_type_options": Options(self._tags, COST_TYPES),
                "cost_code_rules": Rules(self._tags),
                "purchases": Purchases(api, self._tags, reading),
                "receipts": Receipts(api, Purchases(api, self._tags, reading, named=False)),
            },
            self._known,
        )

    def file(self, address: str, most: int) -> AbstractContextManager[IO[bytes]]:
        """The receipt at an address that a receipt's row names."""
        return opened(self.api, address, most)

    def check(self) -> list[Finding]:
        """The token, the permissions of its user, and the tags."""
        return findings(self.api, self._tags)

    def _known(self, entity: str) -> Record:
        """Whether one tag may depend on another; and that the token is this business's. Raises `FixTheSetup`."""
        self.api.check_business()
        if entity != "cost_code_rules":
            return {}
        return {"tag_dependencies": bool(self.api.settings.get("UseTagDependencies"))}
