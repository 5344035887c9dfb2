"""A contractor with PEX cards: projects Tower and Depot, three tags with a placeholder each, Ana with a card."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from jobledger.store import links
from jobledger.store.engine import writing
from tests.pipeline.builder import Builder, Row
from tests.pipeline.pex_night import CARDS, TAGS, PexNight
from tests.systems.pex_cards import PNG, Cards

PDF = b"%PDF-1.4\n" + bytes(40)


class PexDesk(Builder):
    """Codes 03-300 and 03-310 are on Tower, 03-300 on Depot too; purchases are booked on Acme."""

    def __init__(self, night: PexNight) -> None:
        super().__init__(night.stage)
        self.night: PexNight = night
        self.depot = self.new_project("Depot")
        self.wbs(self.walls, "S", self.depot)
        self.cards = Cards(night.stage)
        night.set(pex={"vendor": self.vendor["id"]})

    def pex(self, **settings: Any) -> None:
        """Settings of the group `pex`, the others as they are."""
        self.night.set(pex={**self.night.settings["pex"], **settings})

    def tonight(self, *flows: str, **options: Any) -> dict[str, dict[str, int]]:
        """A night of all stages, or of some flows."""
        self.night.later(minutes=10)
        stages = [flows] if flows else [TAGS, CARDS]
        found: dict[str, dict[str, int]] = {}
        for stage in stages:
            found |= self.night.run(*stage, **options)
        return found

    def unlink(self, kind: str, procore_id: str) -> None:
        """A person takes a link away."""
        with writing(self.night.engine) as connection:
            links.remove(connection, self.night.pair, kind, procore_id)

    def tag(self, name: str) -> Row:
        """A tag as PEX has it now."""
        return self.cards.tag(name)

    def options(self, tag: str) -> dict[str, tuple[str, bool]]:
        """The options of a tag: value -> name, and whether it is on."""
        return self.cards.options(tag)

    def chosen(self, project: int | None = None, code: Row | None = None, kind: str | None = "M") -> dict[str, str]:
        """The values that a cardholder chooses, by the tag's name."""
        values = {
            "Projects": str(project or self.project),
            "Cost codes": str((code or self.walls)["id"]),
            "Cost types": str(self.types[kind]) if kind else "",
        }
        return {name: value for name, value in values.items() if value}

    def buy(self, amount: str = "-120.50", **more: Any) -> Row:
        """A settled and approved purchase of Ana's, on Tower and 03-300 as material."""
        return self.cards.buy(amount, **{"Tags": {} if "Split" in more else self.chosen(), **more})

    def change(self, purchase: Row, **fields: Any) -> Row:
        """Somebody in PEX changes a purchase."""
        return self.night.put("transactions", TransactionId=purchase["TransactionId"], **fields)

    def receipt(self, purchase: Row, content: bytes = PNG, **more: Any) -> Row:
        """A cardholder attaches a receipt."""
        return self.cards.receipt(purchase, content, **more)

    def costs(self) -> list[tuple[int, Decimal]]:
        """The direct costs of Procore: project and amount, by both."""
        return sorted((one["project_id"], self.worth(one)) for one in self.stage.records("procore.direct_costs"))

    def worth(self, cost: Row) -> Decimal:
        """What the lines of a direct cost add up to."""
        lines = self.stage.records("procore.direct_cost_line_items")
        return sum((Decimal(one["amount"]) for one in lines if one["direct_cost_id"] == cost["id"]), Decimal(0))

    def cost(self) -> Row:
        """The one direct cost."""
        [found] = self.stage.records("procore.direct_costs")
        return found

    def files(self) -> list[Row]:
        """The files on direct costs."""
        return [one for one in self.stage.records("procore.attachments") if one.get("direct_cost_id")]
