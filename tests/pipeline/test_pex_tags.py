"""Tags out: Procore's projects, cost codes and cost types as options of PEX's tags."""

from __future__ import annotations

from itertools import product
from typing import Any

import pytest

from jobledger.errors import FixTheSetup
from jobledger.integration import Integration
from jobledger.pipeline.run import Scope
from tests.pipeline.pex_desk import PexDesk
from tests.pipeline.pex_night import CARDS, TAGS

OPTIONS = ("Projects", "Cost codes", "Cost types")


def names(desk: PexDesk, tag: str) -> list[str]:
    """The names of the options that are on."""
    return sorted(name for name, is_on in desk.options(tag).values() if is_on)


def puts(desk: PexDesk) -> list[str]:
    """The tags that were written since the last call."""
    found = [one.path.rpartition("/")[2] for one in desk.stage.requests("pex", "PUT")]
    desk.stage.sandbox.log.clear()
    return found


@pytest.mark.feature("PEX-13", "PEX-14", "PEX-15", "PEX-16", "PEX-19", "PEX-20", "PEX-21")
def test_the_first_run_puts_procores_options_in_place_of_the_placeholders(cards: PexDesk) -> None:
    cards.tonight(*TAGS)
    assert names(cards, "Projects") == ["Depot", "Tower"]
    assert names(cards, "Cost codes") == ["03-300 Walls", "03-310 Slabs"]
    assert names(cards, "Cost types") == ["Commitment", "Equipment", "Labor", "Materials", "Other"]
    assert [cards.options(tag)["Test"] for tag in OPTIONS] == [("Test", False)] * 3
    assert cards.options("Projects")[str(cards.project)] == ("Tower", True)
    assert cards.options("Cost codes")[str(cards.walls["id"])] == ("03-300 Walls", True)
    assert cards.options("Cost types")[str(cards.types["M"])] == ("Materials", True)


@pytest.mark.feature("PEX-16")
def test_a_second_run_writes_nothing_and_whatever_has_changed_takes_one_write_a_tag(
    cards: PexDesk, monkeypatch: pytest.MonkeyPatch
) -> None:
    # so that the changes are more than the records of a transaction
    monkeypatch.setattr("jobledger.pipeline.load.BATCH", 10)
    cards.tonight(*TAGS)
    puts(cards)
    cards.tonight(*TAGS)
    assert puts(cards) == []
    rename(cards, cards.project, "Tower North")
    close(cards, cards.depot)
    for number in range(25):
        cards.night.project(f"House {number}", project_number=f"H{number:04}")
    cards.tonight("projects")
    assert puts(cards) == [cards.tag("Projects")["Id"]]
    assert len(names(cards, "Projects")) == 26
    assert cards.options("Projects")[str(cards.project)] == ("Tower North", True)
    assert cards.options("Projects")[str(cards.depot)] == ("Depot", False)


@pytest.mark.feature("PEX-16")
def test_a_code_that_no_project_has_any_more_is_switched_off_and_never_deleted_and_comes_back_on(
    cards: PexDesk,
) -> None:
    cards.wbs(cards.stairs, "S", cards.depot)
    cards.tonight(*TAGS)
    assert cards.options("Cost codes")[str(cards.stairs["id"])] == ("03-320 Stairs", True)
    close(cards, cards.depot)
    cards.tonight(*TAGS)
    assert cards.options("Cost codes")[str(cards.stairs["id"])] == ("03-320 Stairs", False)
    assert cards.tonight(*TAGS)["cost_codes"] == {"unchanged": 2}
    close(cards, cards.depot, active=True)
    cards.tonight(*TAGS)
    assert cards.options("Cost codes")[str(cards.stairs["id"])] == ("03-320 Stairs", True)


def rename(desk: PexDesk, project: int, name: str) -> None:
    """A person renames a project in Procore."""
    desk.night.later(minutes=1)
    desk.seed("projects", {"id": project, "name": name})


def close(desk: PexDesk, project: int, active: bool = False) -> None:
    """A person closes or opens a project in Procore."""
    desk.night.later(minutes=1)
    desk.seed("projects", {"id": project, "active": active})


@pytest.mark.feature("PEX-16")
def test_so_many_codes_that_vanish_at_once_wait_for_a_person(cards: PexDesk) -> None:
    below = {"parent_id": cards.division["id"], **cards.list}
    made = cards.seed("standard_cost_codes", *({"code": f"4{n:02}", "name": f"Kind {n}", **below} for n in range(12)))
    for one in made:
        cards.cost_code(one, cards.depot)
    cards.tonight(*TAGS)
    assert len(names(cards, "Cost codes")) == 14
    close(cards, cards.depot)
    assert cards.tonight("cost_codes")["cost_codes"] == {"unchanged": 2, "blocked": 12}
    assert len(names(cards, "Cost codes")) == 14
    asked = tuple(f"cost_codes:{one['id']}" for one in made)
    cards.tonight("cost_codes", scope=Scope(only_records=asked))
    assert len(names(cards, "Cost codes")) == 2


@pytest.mark.feature("PEX-27", "PEX-33")
def test_with_the_projects_switched_off_only_chosen_ones_are_options(cards: PexDesk) -> None:
    cards.pex(projects_tag=False, projects=[cards.depot])
    cards.tonight("projects")
    assert names(cards, "Projects") == ["Depot"]
    cards.pex(projects=[cards.project])
    cards.tonight("projects")
    assert names(cards, "Projects") == ["Tower"]
    assert cards.options("Projects")[str(cards.depot)] == ("Depot", False)
    cards.pex(projects="all")
    assert "projects" not in cards.night.on()
    cards.pex(projects_tag=True)
    cards.tonight("projects")
    assert names(cards, "Projects") == ["Depot", "Tower"]


@pytest.mark.feature("PEX-26")
def test_any_combination_of_the_five_switches_is_a_valid_setting(cards: PexDesk) -> None:
    for projects, codes, types, purchases, receipts in product((True, False), repeat=5):
        cards.pex(
            projects_tag=projects,
            cost_codes_tag=codes,
            cost_types_tag=types,
            purchases="approved_only" if purchases else "never",
            receipts=receipts,
        )
        on = set(cards.night.on())
        tagged = {name for name, is_on in zip(TAGS, (projects, codes, types), strict=False) if is_on}
        tagged |= {"cost_code_rules"} if projects and codes else set()
        carried = ({"purchases"} if purchases else set()) | ({"purchase_receipts"} if purchases and receipts else set())
        assert on == tagged | carried


@pytest.mark.feature("PEX-26")
@pytest.mark.parametrize(
    ("settings", "on"),
    [
        ({"projects_tag": True, "cost_codes_tag": False, "cost_types_tag": False}, ["Projects"]),
        ({"projects_tag": False, "cost_codes_tag": True, "cost_types_tag": False}, ["Cost codes"]),
        ({"projects_tag": False, "cost_codes_tag": False, "cost_types_tag": True}, ["Cost types"]),
    ],
    ids=lambda value: "-".join(value) if isinstance(value, list) else "",
)
def test_each_switch_fills_its_own_tag_and_leaves_the_others_alone(
    cards: PexDesk, settings: dict[str, Any], on: list[str]
) -> None:
    cards.pex(**settings, purchases="never")
    cards.tonight()
    assert [tag for tag in OPTIONS if len(cards.options(tag)) > 1] == on


@pytest.mark.feature("PEX-16", "PEX-11")
def test_an_option_that_was_typed_by_hand_is_linked_by_its_name_and_keeps_its_value(cards: PexDesk) -> None:
    cards.night.put("tags", Id=cards.tag("Projects")["Id"], Options=["Tower", "Office"])
    cards.tonight(*TAGS)
    assert cards.options("Projects") == {
        "Tower": ("Tower", True),
        "Office": ("Office", True),
        str(cards.depot): ("Depot", True),
    }
    cards.buy("-70.00", Tags={**cards.chosen(), "Projects": "Tower"})
    cards.tonight(*CARDS)
    assert [project for project, _ in cards.costs()] == [cards.project]


@pytest.mark.feature("PEX-16")
def test_two_projects_of_one_name_are_for_a_person_to_tell_apart(cards: PexDesk) -> None:
    cards.night.project("Annex")
    cards.night.project("Annex")
    assert cards.tonight("projects")["projects"] == {"created": 2, "conflict": 2}
    assert names(cards, "Projects") == ["Depot", "Tower"]
    assert "more than one record called 'Annex'" in cards.night.told("projects")["Annex"]


@pytest.mark.feature("PEX-17", "PEX-18")
@pytest.mark.parametrize(
    ("spoiled", "told"),
    [({"Name": "Jobs"}, "is not there"), ({"IsEnabled": False}, "is not enabled")],
    ids=["missing", "off"],
)
def test_a_tag_that_cannot_be_filled_stops_its_own_flow_with_its_name(
    cards: PexDesk, spoiled: dict[str, Any], told: str
) -> None:
    cards.night.put("tags", Id=cards.tag("Projects")["Id"], **spoiled)
    with pytest.raises(FixTheSetup, match=rf"PEX tag 'Projects' \(pex\.tags\.projects\): {told}"):
        cards.tonight("projects")
    assert cards.tonight("cost_types")["cost_types"] == {"created": 5}


@pytest.mark.feature("PEX-11")
def test_tags_are_found_by_the_names_or_ids_that_the_settings_give(cards: PexDesk) -> None:
    cards.night.put("tags", Id=cards.tag("Projects")["Id"], Name="Jobs")
    ids = {"projects": "JOBS", "cost_types": cards.tag("Cost types")["Id"]}
    cards.pex(tags=ids)
    cards.tonight("projects", "cost_types")
    assert len(names(cards, "Projects")) == 2
    assert len(names(cards, "Cost types")) == 5
    with pytest.raises(ValueError, match="two of them are the same tag"):
        Integration.model_validate({**cards.night.settings, "pex": {"tags": {"projects": "Cost codes "}}})


@pytest.mark.feature("PEX-19", "PEX-20")
def test_where_one_tag_depends_on_another_each_project_allows_its_own_codes(cards: PexDesk) -> None:
    assert cards.tonight(*TAGS)["cost_code_rules"] == {"not_chosen": 2}
    cards.night.put("settings", UseTagDependencies=True)
    assert cards.tonight(*TAGS)["cost_code_rules"] == {"created": 2}
    assert allowed(cards) == {
        str(cards.project): {str(cards.walls["id"]), str(cards.slabs["id"])},
        str(cards.depot): {str(cards.walls["id"])},
    }
    cards.wbs(cards.stairs, "S", cards.depot)
    assert cards.tonight(*TAGS)["cost_code_rules"] == {"updated": 1, "unchanged": 1}
    assert allowed(cards)[str(cards.depot)] == {str(cards.walls["id"]), str(cards.stairs["id"])}
    writes = cards.night.writes()
    cards.tonight(*TAGS)
    assert cards.night.writes() == writes


def allowed(desk: PexDesk) -> dict[str, set[str]]:
    """The codes that each project allows."""
    [dependency] = desk.night.held("dependencies")
    rules = dependency["Rules"]
    return {one["Condition"]["TriggerOptions"][0]: set(one["AllowedOptions"]) for one in rules}


@pytest.mark.feature("PEX-16")
def test_after_the_links_are_lost_options_are_recognised_by_their_values(cards: PexDesk) -> None:
    cards.tonight("projects")
    puts(cards)
    for kind in cards.night.links("projects"):
        cards.unlink("projects", kind)
    rename(cards, cards.project, "Tower North")
    cards.tonight("projects", scope=Scope(full_refresh=True))
    assert len(cards.night.links("projects")) == 2
    assert set(cards.options("Projects")) == {"Test", str(cards.project), str(cards.depot)}
