from __future__ import annotations

from typing import Any

import pytest

from tests.sandbox.pex_client import Pex


@pytest.fixture
def pex() -> Pex:
    return Pex()


def options(pex: Pex, tag_id: str) -> list[tuple[str, str, bool]]:
    return [(one["Name"], one["Value"], one["IsEnabled"]) for one in pex.tag(tag_id)["Options"]]


def test_definitions_are_listed_in_order_with_their_types_as_words(pex: Pex) -> None:
    pex.dropdown("Projects")
    pex.person("tags", {"Name": "G/L code", "Type": 0})
    pex.person("tags", {"Name": "Split", "Type": "allocation"})
    told = [(one["Name"], one["Type"], one["Order"]) for one in pex.get("Business/Configuration/Tags")]
    assert told == [("Projects", "Dropdown", 0), ("G/L code", "Text", 1), ("Split", "Allocation", 2)]
    with pytest.raises(ValueError, match="one allocation tag"):
        pex.person("tags", {"Name": "Another", "Type": "Allocation"})


def test_tags_that_are_switched_off_are_refused(pex: Pex) -> None:
    pex.person("settings", {"TagsEnabled": False})
    assert pex.get("Business/Settings")["TagsEnabled"] is False
    assert pex.refused("GET", "Business/Configuration/Tags")[0] == 403


def test_a_put_replaces_the_whole_tag_and_gives_a_new_key(pex: Pex) -> None:
    tag = pex.tag(pex.dropdown("Projects", "Test", IsRequired=True))
    added = {"Name": "Clinic", "Value": "17", "IsEnabled": True}
    written = pex.put_tag({**tag, "Options": [{**tag["Options"][0], "IsEnabled": False}, added]})
    assert (written.status_code, written.json()["IsRequired"]) == (200, True)
    assert written.json()["ConcurrencyKey"] == pex.tag(tag["Id"])["ConcurrencyKey"] != tag["ConcurrencyKey"]
    assert options(pex, tag["Id"]) == [("Test", "Test", False), ("Clinic", "17", True)]


def test_an_option_that_a_put_leaves_out_is_gone(pex: Pex) -> None:
    tag = pex.tag(pex.dropdown("Projects", "Test", "Old"))
    pex.put_tag({**tag, "Options": tag["Options"][:1]})
    assert options(pex, tag["Id"]) == [("Test", "Test", True)]


def test_options_for_some_groups_are_hidden_and_lost_unless_restrictions_are_overridden(pex: Pex) -> None:
    tag_id = pex.dropdown("Projects", "Test", {"Name": "Yard", "Value": "yard", "AvailableTo": ["Crew"]})
    hiding = pex.get(f"Business/Configuration/Tag/{tag_id}")
    assert [one["Value"] for one in hiding["Options"]] == ["Test"]
    pex.put_tag(pex.tag(tag_id))
    assert [one["Value"] for one in pex.get(f"Business/Configuration/Tag/{tag_id}")["Options"]] == ["Test"]
    pex.put_tag({**hiding, "ConcurrencyKey": pex.tag(tag_id)["ConcurrencyKey"]})
    assert options(pex, tag_id) == [("Test", "Test", True)]


def test_a_stale_key_is_a_conflict_also_when_a_person_wrote_in_between(pex: Pex) -> None:
    tag = pex.tag(pex.dropdown())
    pex.person("tags", {"Id": tag["Id"], "Description": "of Procore"})
    assert pex.put_tag(tag).status_code == 409
    assert pex.put_tag({**tag, "ConcurrencyKey": None}).status_code == 400


@pytest.mark.parametrize(
    ("sent", "message"),
    [
        ([{"Name": "A", "Value": "1", "IsEnabled": True}, {"Name": "a", "Value": "2"}], "Name of two options"),
        ([{"Name": "A", "Value": "x", "IsEnabled": True}, {"Name": "B", "Value": "X"}], "Value of two options"),
        ([{"Name": "", "Value": "1", "IsEnabled": True}], "Name is required"),
        ([{"Name": "A", "Value": " ", "IsEnabled": True}], "Value is required"),
        ([{"Name": "A", "Value": "1"}], "At least one option must be enabled"),
        ([], "At least one option must be enabled"),
        ([{"Name": "A" * 101, "Value": "1", "IsEnabled": True}], "longer than 100"),
        (None, "Options is required"),
    ],
)
def test_options_that_break_a_rule_are_refused(pex: Pex, sent: Any, message: str) -> None:
    tag = pex.tag(pex.dropdown())
    refused = pex.put_tag({**tag, "Options": sent})
    assert (refused.status_code, message in refused.json()["Message"]) == (400, True)
    assert options(pex, tag["Id"]) == [("Test", "Test", True)]


def test_an_unknown_tag_is_404_and_one_that_is_no_dropdown_400(pex: Pex) -> None:
    text = pex.person("tags", {"Name": "G/L code", "Type": "Text"})
    assert pex.put_tag(text).status_code == 400
    assert pex.put_tag({**text, "Id": "ab12"}).status_code == 404
    assert pex.refused("GET", "Business/Configuration/Tag/ab12")[0] == 404


def test_a_write_is_in_the_ledger_and_counted(pex: Pex) -> None:
    tag = pex.tag(pex.dropdown())
    pex.put_tag(tag)
    pex.put_tag(tag)
    ledger = [(one["entity"], one["key"], one["action"], one["by"]) for one in pex.control("GET", "ledger?system=pex")]
    assert ledger == [("tags", tag["Id"], "create", "person"), ("tags", tag["Id"], "update", "api")]
    assert pex.control("GET", "requests/summary?system=pex")["writes"] == 1


def rule(trigger: str, *allowed: str, **more: Any) -> dict[str, Any]:
    return {"Condition": {"Type": "AnyOf", "TriggerOptions": [trigger]}, "AllowedOptions": list(allowed), **more}


@pytest.fixture
def pair(pex: Pex) -> tuple[str, dict[str, Any]]:
    """The path of the cost codes' dependencies, and the body of one on projects."""
    pex.person("settings", {"UseTagDependencies": True})
    projects, codes = pex.dropdown("Projects", "P1", "P2"), pex.dropdown("Cost codes", "C1", "C2")
    default = {"AllowedAll": False, "AllowedOptions": ["C1"]}
    return f"tags/{codes}/option-dependencies", {"DependsOnTagId": projects, "Rules": [], "Default": default}


def test_dependencies_are_refused_where_the_business_has_them_off(pex: Pex) -> None:
    assert pex.refused("GET", "tags/dependencies") == (403, "Tag dependencies are not enabled for this business")


def test_a_dependency_is_made_once_for_two_tags(pex: Pex, pair: tuple[str, dict[str, Any]]) -> None:
    path, body = pair
    made = pex.ask("POST", path, {**body, "Rules": [rule("P1", "C1", "C2")]})
    assert pex.get(path) == [made] and pex.get(f"{path}/{made['DependencyId']}") == made
    assert made["Rules"][0]["AllowedOptions"] == ["C1", "C2"]
    assert "Rules" not in pex.get("tags/dependencies")[0]
    assert pex.refused("POST", path, body)[0] == 409


def test_rules_keep_their_ids_new_ones_get_one_and_the_others_go(pex: Pex, pair: tuple[str, dict[str, Any]]) -> None:
    path, body = pair
    made = pex.ask("POST", path, {**body, "Rules": [rule("P1", "C1")]})
    kept, one = made["Rules"][0]["RuleId"], f"{path}/{made['DependencyId']}"
    both = pex.ask("PUT", one, {**body, "Rules": [rule("P1", "C2", RuleId=kept), rule("P2", "C1")]})["Rules"]
    assert (both[0]["RuleId"], both[0]["AllowedOptions"], both[1]["RuleId"] != kept) == (kept, ["C2"], True)
    assert pex.ask("PUT", one, {**body, "Rules": [both[1]]})["Rules"] == [both[1]]
    assert pex.refused("PUT", one, {**body, "Rules": [rule("P1", RuleId=kept)]})[0] == 400
    pex.ask("DELETE", one)
    assert pex.get(path) == []


@pytest.mark.parametrize(
    "rules",
    [[rule("nobody", "C1")], [rule("P1", "C9")], [rule("P1", "C1"), rule("P1", "C2")], [{"AllowedOptions": []}]],
)
def test_rules_that_name_no_option_or_one_twice_are_refused(
    pex: Pex, pair: tuple[str, dict[str, Any]], rules: list[Any]
) -> None:
    path, body = pair
    assert pex.refused("POST", path, {**body, "Rules": rules})[0] == 400
    assert pex.get(path) == []
