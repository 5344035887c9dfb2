"""A card business in the sandbox: three tags with a placeholder each, an allocation tag, and Ana with a card."""

from __future__ import annotations

import base64
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from jobledger.systems.base import Window
from jobledger.systems.pex.reading import Reading
from jobledger.systems.pex.system import Pex
from tests.systems.stage import Stage

Row = dict[str, Any]
TAGS = ("Projects", "Cost codes", "Cost types")
TOWER, DEPOT = "26001", "26002"
"""The values of two options of the projects tag."""

PNG = b"\x89PNG\r\n\x1a\n" + bytes(40)


@dataclass
class Cards:
    """Ana buys, and connectors read it; PEX's quota is off unless a test has it on."""

    stage: Stage
    ana: Row = field(init=False)
    tags: dict[str, Row] = field(init=False)

    def __post_init__(self) -> None:
        self.stage.sandbox.vendors["pex"].quota.set_mode("off")
        self.ana = self.put("cardholders", FirstName="Ana", LastName="Ruiz")
        self.tags = {
            name: self.put("tags", Name=name, Options=["Test"], IsRequired=name == "Cost codes") for name in TAGS
        }
        self.put("tags", Name="Split", Type="Allocation")

    def put(self, entity: str, **record: Any) -> Row:
        """Somebody in PEX puts or changes a record."""
        return self.stage.seed("pex", entity, record)[0]

    def tag(self, name: str = "Projects") -> Row:
        """A tag as PEX has it now."""
        return next(one for one in self.stage.records("pex.tags") if one["Id"] == self.tags[name]["Id"])

    def choose(self, name: str, *options: Any) -> Row:
        """Somebody gives a tag these options."""
        return self.put("tags", Id=self.tags[name]["Id"], Options=list(options))

    def options(self, name: str = "Projects") -> dict[str, tuple[str, bool]]:
        """The options of a tag: value -> name, and whether it is on."""
        return {one["Value"]: (one["Name"], one["IsEnabled"]) for one in self.tag(name)["Options"]}

    def buy(self, amount: str = "-120.50", **more: Any) -> Row:
        """A settled and approved purchase of Ana's, on Tower and a code, as material."""
        tags = {} if "Split" in more else coded()
        record = {
            "TransactionAmount": Decimal(amount),
            "MerchantName": "Home Depot",
            "MerchantCity": "Denver",
            "MerchantState": "CO",
            "TransactionTime": "2026-02-27T09:30:00",
            "MetadataApprovalStatus": "Approved",
            "AcctId": self.ana["AccountId"],
            "Tags": tags,
            **more,
        }
        return self.put("transactions", **record)

    def receipt(self, purchase: Row, content: bytes = PNG, **more: Any) -> Row:
        """A cardholder attaches a receipt."""
        body = base64.b64encode(content).decode()
        return self.put("attachments", TransactionId=purchase["TransactionId"], Content=body, **more)

    def pex(self, **reading: Any) -> Pex:
        """A new connector."""
        return self.stage.pex(reading=Reading(**reading))

    def read(self, window: Window | None = None, entity: str = "purchases", **reading: Any) -> list[Row]:
        """The rows that a new connector reads."""
        return [row for page in self.pex(**reading).read(entity, window or Window()) for row in page.rows]

    def notes(self, window: Window | None = None, entity: str = "purchases", **reading: Any) -> list[str]:
        """What a new connector says while it reads."""
        return [note for page in self.pex(**reading).read(entity, window or Window()) for note in page.notes]


def coded(project: str | None = TOWER, code: str | None = "300", kind: str | None = "M") -> Row:
    """The values that a cardholder chooses, by the tag's name."""
    return {name: value for name, value in zip(TAGS, (project, code, kind), strict=True) if value}


def part(amount: str, project: str | None = TOWER, code: str | None = "300", kind: str | None = "M") -> Row:
    """A set of a split."""
    return {"Amount": Decimal(amount), **coded(project, code, kind)}
