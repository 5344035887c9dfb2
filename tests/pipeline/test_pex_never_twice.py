"""Never twice, for every kind of record that is written to PEX or from it to Procore."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest

from tests.pipeline.pex_desk import PexDesk
from tests.pipeline.pex_night import TAGS
from tests.pipeline.struck import STRIKES, struck

METHODS = {"pex": ("POST", "PUT"), "procore": ("POST", "PATCH")}


@dataclass(frozen=True)
class Written:
    """A kind of record: the flow, its target's system, how the `n`-th one comes about, and how to count them there."""

    flow: str
    system: str
    make: Callable[[PexDesk, int], Any]
    count: Callable[[PexDesk], int]
    ready: Callable[[PexDesk], Any] = lambda desk: desk.tonight(*TAGS)


def a_project(desk: PexDesk, n: int) -> None:
    desk.new_project(f"Annex {n}")


def a_code(desk: PexDesk, n: int) -> None:
    row = {"code": f"4{n:02d}", "name": f"Masonry {n}", "parent_id": desk.division["id"], **desk.list}
    [standard] = desk.seed("standard_cost_codes", row)
    desk.cost_code(standard)


def a_cost_type(desk: PexDesk, n: int) -> None:
    desk.seed("line_item_types", {"name": f"Kind {n}", "code": f"K{n}"})


def a_rule(desk: PexDesk, n: int) -> None:
    project = desk.new_project(f"Annex {n}")
    desk.wbs(desk.walls, "S", project)
    desk.tonight("projects")


def a_purchase(desk: PexDesk, n: int) -> None:
    desk.buy(f"-{n}.00", MerchantName=f"Shop {n}")


def a_receipt(desk: PexDesk, n: int) -> None:
    desk.receipt(desk.buy(f"-{n}.00", MerchantName=f"Shop {n}"))
    desk.tonight("purchases")


def of_tag(name: str) -> Callable[[PexDesk], int]:
    return lambda desk: len(desk.options(name))


def rules(desk: PexDesk) -> int:
    return sum(len(one["Rules"]) for one in desk.night.held("dependencies"))


def depending(desk: PexDesk) -> None:
    desk.night.put("settings", UseTagDependencies=True)
    desk.tonight(*TAGS)


KINDS = (
    Written("projects", "pex", a_project, of_tag("Projects")),
    Written("cost_codes", "pex", a_code, of_tag("Cost codes")),
    Written("cost_types", "pex", a_cost_type, of_tag("Cost types")),
    Written("cost_code_rules", "pex", a_rule, rules, depending),
    Written("purchases", "procore", a_purchase, lambda desk: len(desk.costs())),
    Written("purchase_receipts", "procore", a_receipt, lambda desk: len(desk.files())),
)


@pytest.mark.feature("PEX-16", "PEX-22", "PEX-25", "ACC-1")
@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.flow)
def test_each_record_is_written_once_whatever_becomes_of_the_answers_and_whenever_a_task_dies(
    cards: PexDesk, kind: Written
) -> None:
    kind.ready(cards)
    before, linked = kind.count(cards), len(cards.night.links(kind.flow))
    requests = [{"system": kind.system, "method": method} for method in METHODS[kind.system]]
    struck(cards, kind.flow, lambda n: kind.make(cards, n), requests)
    assert kind.count(cards) == before + STRIKES
    assert len(cards.night.links(kind.flow)) == linked + STRIKES
