"""Options and rules of PEX's tags: written whole, and nothing of anybody else's is lost."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jobledger.errors import FixTheSetup
from jobledger.systems.base import Window, Write, WriteResult
from jobledger.systems.pex.options import _merged
from sandbox.faults import Fault
from tests.systems.pex_cards import DEPOT, TOWER, Cards, Row
from tests.systems.stage import Stage

OPTIONS = "project_options"


@pytest.fixture
def cards(stage: Stage) -> Cards:
    return Cards(stage)


def new(value: str, name: str, on: bool = True) -> Write:
    """An option that is to be made."""
    document = {"Value": value, "Name": name, "IsEnabled": on}
    return Write(f"k-{value}", "create", document, mark=f"procore-{value}")


def changed(value: str, **document: Any) -> Write:
    """An option that is to be changed."""
    return Write(f"k-{value}", "update", document, target_id=value)


def option(value: str, name: str, on: bool = True, **more: Any) -> Row:
    """An option that a person in PEX has made."""
    return {"Value": value, "Name": name, "IsEnabled": on, **more}


def write(cards: Cards, *writes: Write, entity: str = OPTIONS) -> list[WriteResult]:
    return cards.pex().write(entity, list(writes), "a key")


def puts(cards: Cards) -> list[Any]:
    return [one for one in cards.stage.requests("pex") if one.method in {"PUT", "POST"}]


def somebody_is_faster(cards: Cards, monkeypatch: pytest.MonkeyPatch, times: int, change: Callable[[], object]) -> None:
    """Somebody in PEX saves the tag between our reading and our writing, so many times."""
    session, left = cards.stage.around.session, [times]
    send = session.request

    def request(method: str, url: str, **more: Any) -> Any:
        if method == "PUT" and left[0]:
            left[0] -= 1
            change()
        return send(method, url, **more)

    monkeypatch.setattr(session, "request", request)


# --- options ---------------------------------------------------------------------------------------------------------


@pytest.mark.feature("PEX-16")
def test_all_options_go_in_one_request_with_the_tags_present_key(cards: Cards) -> None:
    key = cards.tag()["ConcurrencyKey"]
    results = write(cards, *(new(str(number), f"Project {number}") for number in range(200)))
    assert [one.status for one in results] == ["done"] * 200
    assert [one.target_id for one in results[:2]] == ["0", "1"]
    assert results[1].record == {"Value": "1", "Name": "Project 1", "IsEnabled": True}
    assert len(puts(cards)) == 1
    assert cards.tag()["ConcurrencyKey"] != key
    assert len(cards.options()) == 201


@pytest.mark.feature("PEX-13", "PEX-14", "PEX-15")
@pytest.mark.parametrize(
    ("entity", "tag"),
    [("project_options", "Projects"), ("cost_code_options", "Cost codes"), ("cost_type_options", "Cost types")],
)
def test_the_placeholder_is_no_option_and_is_switched_off_with_the_first_real_one(
    cards: Cards, entity: str, tag: str
) -> None:
    assert cards.read(entity=entity) == []
    write(cards, new("1", "The first"), entity=entity)
    assert cards.options(tag) == {"Test": ("Test", False), "1": ("The first", True)}
    assert [row["Value"] for row in cards.read(entity=entity)] == ["1"]


def test_the_placeholder_stays_on_while_no_real_option_is_on(cards: Cards) -> None:
    [result] = write(cards, new("1", "Yard", on=False))
    assert result.status == "done"
    assert cards.options() == {"Test": ("Test", True), "1": ("Yard", False)}


def test_options_of_others_stay_in_their_order_and_hidden_ones_too(cards: Cards) -> None:
    cards.choose("Projects", option("b", "Bakery", Order=4), option("z", "Zoo", False), option("h", "H", AvailableTo=7))
    write(cards, new("a", "Airport"))
    found = cards.tag()["Options"]
    assert [one["Value"] for one in found] == ["b", "z", "h", "a"]
    assert [(one["Order"], one["IsEnabled"], one["AvailableTo"]) for one in found] == [
        *((4, True, None), (0, False, None), (0, True, 7), (0, True, None)),
    ]
    assert [one["Value"] for one in cards.read(entity=OPTIONS)] == ["b", "z", "h", "a"]


def test_what_else_a_person_has_said_of_a_tag_stays(cards: Cards) -> None:
    cards.put("tags", Id=cards.tags["Cost codes"]["Id"], Description="Ask Leo", IsRequired=True)
    write(cards, new("1", "03-300"), entity="cost_code_options")
    tag = cards.tag("Cost codes")
    assert (tag["Description"], tag["IsRequired"], tag["Name"]) == ("Ask Leo", True, "Cost codes")


@pytest.mark.feature("PEX-16")
def test_a_name_may_change_and_the_value_never_does(cards: Cards) -> None:
    cards.choose("Projects", option("Old yard", "The yard"))
    [result] = write(cards, changed("Old yard", Value=88, Name="24-019 Yard Drainage", IsEnabled=True))
    assert (result.status, result.target_id) == ("done", "Old yard")
    assert cards.options() == {"Old yard": ("24-019 Yard Drainage", True)}


def test_an_edit_that_came_between_is_merged(cards: Cards, monkeypatch: pytest.MonkeyPatch) -> None:
    somebody_is_faster(
        cards, monkeypatch, 2, lambda: cards.choose("Projects", *cards.tag()["Options"], str(len(cards.options())))
    )
    [result] = write(cards, new("1000", "Tower"))
    assert result.status == "done"
    assert list(cards.options()) == ["Test", "1", "2", "1000"]
    assert len(puts(cards)) == 3


def test_a_tag_that_does_not_hold_still_is_left_to_the_next_run(cards: Cards, monkeypatch: pytest.MonkeyPatch) -> None:
    somebody_is_faster(
        cards, monkeypatch, 9, lambda: cards.choose("Projects", *cards.tag()["Options"], str(len(cards.options())))
    )
    [result] = write(cards, new("1000", "Tower"))
    assert (result.status, result.outcome) == ("refused", "failed")
    assert "was changed by somebody else" in result.message
    assert "the next run tries again" in result.remedy
    assert len(puts(cards)) == 3


def test_a_name_that_is_taken_is_told_for_its_record_and_the_others_go_on(cards: Cards) -> None:
    cards.choose("Projects", option("b", "Bakery"))
    first, second = write(cards, new("1", " bakery"), new("2", "Tower"))
    assert (first.status, first.outcome, second.status) == ("refused", "conflict", "done")
    assert first.message == "PEX has an option 'Bakery' (b) already, and takes each name once."
    assert first.remedy == "Rename one of the two, or link them."
    assert set(cards.options()) == {"b", "2"}


def test_two_that_exchange_their_names_are_told_and_nothing_is_written(cards: Cards) -> None:
    cards.choose("Projects", option("1", "North"), option("2", "South"))
    before = cards.tag()
    results = write(cards, changed("1", Name="South"), changed("2", Name="North"))
    assert [one.outcome for one in results] == ["conflict", "conflict"]
    assert (puts(cards), cards.tag()) == ([], before)


def test_an_option_with_our_value_is_found_by_our_mark_and_made_once(cards: Cards) -> None:
    cards.choose("Projects", option("1", "Tower, old"))
    [found] = cards.pex().find(OPTIONS, "procore-1", {})
    assert found["Name"] == "Tower, old"
    write(cards, new("1", "Tower"))
    write(cards, new("1", "Tower"))
    assert cards.options() == {"1": ("Tower", True)}


def test_an_option_that_somebody_has_taken_away_is_a_conflict(cards: Cards) -> None:
    [result] = write(cards, changed("gone", Name="Tower"))
    assert (result.outcome, result.message) == ("conflict", "The option gone is no longer in the tag.")
    assert puts(cards) == []


@pytest.mark.feature("PEX-16")
def test_an_option_is_switched_off_and_never_deleted(cards: Cards) -> None:
    write(cards, new("1", "Tower"), new("2", "Depot"))
    [result] = write(cards, changed("1", IsEnabled=False))
    assert result.status == "done"
    assert cards.options() == {"Test": ("Test", False), "1": ("Tower", False), "2": ("Depot", True)}


def test_the_last_options_that_are_on_stay_on_and_say_why(cards: Cards) -> None:
    write(cards, new("1", "Tower"), new("2", "Depot"))
    results = write(cards, changed("1", IsEnabled=False), changed("2", IsEnabled=False), new("3", "Yard", False))
    assert [(one.status, one.outcome) for one in results[:2]] == [("refused", "blocked")] * 2
    assert results[2].status == "done"
    assert "PEX needs one" in results[0].message
    assert [on for _, on in cards.options().values()] == [False, True, True, False]


def test_a_lost_answer_is_unknown_for_what_was_sent(cards: Cards) -> None:
    cards.choose("Projects", option("b", "Bakery"))
    cards.stage.fault(Fault(kind="drop_after_commit", method="PUT", system="pex", times=1))
    first, second = write(cards, new("1", "Tower"), new("2", "Bakery"))
    assert (first.status, second.status) == ("unknown", "refused")
    assert cards.options()["1"] == ("Tower", True)


def test_what_pex_refuses_is_told_in_its_words(cards: Cards) -> None:
    [result] = write(cards, new("1", "x" * 101))
    assert result.outcome == "failed"
    assert "PEX refused it: Name of the option with Value 1 is longer than 100 characters" in result.message


def test_many_look_ups_cost_one_request(cards: Cards) -> None:
    system = cards.pex()
    cards.stage.sandbox.log.clear()
    for number in range(50):
        system.find(OPTIONS, f"procore-{number}", {})
    assert len([one for one in cards.stage.requests("pex") if "/Tag/" in one.path]) == 1


names = st.text(st.characters(codec="ascii", categories=("L", "N")), min_size=1, max_size=3)
options = st.lists(
    st.builds(option, value=names, name=names, on=st.booleans()),
    min_size=1,
    max_size=6,
    unique_by=(lambda one: one["Value"].casefold(), lambda one: one["Name"].casefold()),
)
writes = st.lists(
    st.one_of(
        st.builds(new, value=names, name=names, on=st.booleans()),
        st.builds(changed, value=names, Name=names, IsEnabled=st.booleans()),
    ),
    max_size=6,
    unique_by=lambda one: one.key.casefold(),
)


@given(before=options, sent=writes)
def test_whatever_is_sent_the_tag_stays_one_that_pex_takes_and_loses_nothing(
    before: list[Row], sent: list[Write]
) -> None:
    before[0]["IsEnabled"] = True
    results: dict[str, WriteResult] = {}
    after = _merged(before, sent, results)
    assert [one["Value"] for one in after[: len(before)]] == [one["Value"] for one in before]
    for field in ("Value", "Name"):
        assert len({one[field].casefold() for one in after}) == len(after)
    assert any(one["IsEnabled"] for one in after)
    touched = {str(one.target_id or one.document["Value"]).casefold() for one in sent if one.key not in results}
    untouched = [one for one in before if one["Value"].casefold() not in touched and one["Name"].casefold() != "test"]
    assert [one for one in untouched if {"Order": 0, **one} not in [{"Order": 0, **it} for it in after]] == []
    made = {one["Value"].casefold(): one for one in after}
    for one in (one for one in sent if one.key not in results):
        found = made[str(one.target_id or one.document["Value"]).casefold()]
        assert (found["Name"], found["IsEnabled"]) == (one.document["Name"], one.document["IsEnabled"])


# --- rules -----------------------------------------------------------------------------------------------------------

RULES = "cost_code_rules"


@pytest.fixture
def ruled(cards: Cards) -> Cards:
    """A business with dependencies, two projects and three codes."""
    cards.put("settings", UseTagDependencies=True)
    cards.choose("Projects", option(TOWER, "Tower"), option(DEPOT, "Depot"), option("y", "Yard"))
    cards.choose("Cost codes", *(option(code, f"03-{code}") for code in ("300", "310", "320")))
    return cards


def rule(project: str, *codes: str, linked: bool = False) -> Write:
    document = {"Project": project, "Allowed": list(codes)}
    action = "update" if linked else "create"
    return Write(f"k-{project}", action, document, target_id=project if linked else None)  # type: ignore[arg-type]


def rules(cards: Cards) -> dict[tuple[str, ...], list[str]]:
    """The rules of PEX: projects -> codes."""
    [held] = cards.stage.records("pex.dependencies")
    return {tuple(one["Condition"]["TriggerOptions"]): one["AllowedOptions"] for one in held["Rules"]}


@pytest.mark.feature("PEX-20")
def test_the_first_rules_are_posted_at_once_and_later_ones_put(ruled: Cards) -> None:
    results = write(ruled, rule(TOWER, "300", "310"), rule(DEPOT, "300"), entity=RULES)
    assert [(one.status, one.target_id) for one in results] == [("done", TOWER), ("done", DEPOT)]
    assert [one.method for one in puts(ruled)] == ["POST"]
    [before] = ruled.stage.records("pex.dependencies")
    results = write(ruled, rule(TOWER, "320", linked=True), entity=RULES)
    assert [(one.status, one.record) for one in results] == [("done", {"Project": TOWER, "Allowed": ["320"]})]
    assert [one.method for one in puts(ruled)] == ["POST", "PUT"]
    assert rules(ruled) == {(TOWER,): ["320"], (DEPOT,): ["300"]}
    [after] = ruled.stage.records("pex.dependencies")
    assert after["DependencyId"] == before["DependencyId"]
    assert [one["RuleId"] for one in after["Rules"]] == [one["RuleId"] for one in before["Rules"]]
    assert {row["Project"]: row["Allowed"] for row in ruled.read(entity=RULES)} == {TOWER: ["320"], DEPOT: ["300"]}


def test_a_purchase_without_a_rule_of_its_project_may_have_any_code(ruled: Cards) -> None:
    write(ruled, rule(TOWER, "300"), entity=RULES)
    [held] = ruled.stage.records("pex.dependencies")
    assert held["Default"] == {"AllowedAll": True, "AllowedOptions": []}


def made_by_a_person(cards: Cards, *rules: tuple[list[str], list[str]], **more: Any) -> Row:
    return cards.put(
        "dependencies",
        DependentTagId="Cost codes",
        DependsOnTagId="Projects",
        Rules=[
            {"Condition": {"Type": "AnyOf", "TriggerOptions": projects}, "AllowedOptions": codes}
            for projects, codes in rules
        ],
        **more,
    )


def test_a_persons_rules_and_default_are_kept(ruled: Cards) -> None:
    default = {"AllowedAll": False, "AllowedOptions": ["320"]}
    before = made_by_a_person(ruled, (["y"], ["310"]), Default=default)
    write(ruled, rule(TOWER, "300"), entity=RULES)
    [after] = ruled.stage.records("pex.dependencies")
    assert before["Rules"][0] in after["Rules"]
    assert after["Default"] == default
    assert rules(ruled) == {("y",): ["310"], (TOWER,): ["300"]}


def test_a_rule_over_several_projects_stays_and_is_a_conflict_for_each_of_them(ruled: Cards) -> None:
    made_by_a_person(ruled, ([TOWER, "y"], ["310"]))
    first, second = write(ruled, rule(TOWER, "300"), rule(DEPOT, "300"), entity=RULES)
    assert (first.outcome, second.status) == ("conflict", "done")
    assert first.message == "A rule made in PEX covers several projects, this one too."
    assert "Take the project out of that rule in PEX" in first.remedy
    assert rules(ruled) == {(TOWER, "y"): ["310"], (DEPOT,): ["300"]}
    assert [row["Project"] for row in ruled.read(entity=RULES)] == [DEPOT]
    ruled.stage.sandbox.log.clear()
    assert [one.outcome for one in write(ruled, rule("y", "300"), entity=RULES)] == ["conflict"]
    assert puts(ruled) == []


def test_a_refused_rule_is_told_in_pexs_words(ruled: Cards) -> None:
    [result] = write(ruled, rule(TOWER, "999"), entity=RULES)
    assert result.outcome == "failed"
    assert "PEX refused it: AllowedOptions holds '999'" in result.message


def test_a_rule_whose_answer_is_lost_is_unknown(ruled: Cards) -> None:
    ruled.stage.fault(Fault(kind="drop_after_commit", method="POST", path="option-dependencies", times=1))
    [result] = write(ruled, rule(TOWER, "300"), entity=RULES)
    assert result.status == "unknown"
    [found] = ruled.pex().find(RULES, None, {"Project": TOWER})
    assert found["Allowed"] == ["300"]


def test_a_business_without_dependencies_has_no_rules_and_is_not_asked_for_them(cards: Cards) -> None:
    assert cards.pex().facts(RULES) == {"tag_dependencies": False}
    assert cards.read(entity=RULES) == []
    assert [one for one in cards.stage.requests("pex") if "dependenc" in one.path] == []


def test_a_business_with_dependencies_says_so(ruled: Cards) -> None:
    assert ruled.pex().facts(RULES) == {"tag_dependencies": True}


@pytest.mark.feature("PEX-17")
def test_options_are_not_written_into_a_tag_that_is_no_dropdown(cards: Cards) -> None:
    cards.put("tags", Id=cards.tags["Projects"]["Id"], Type="Text")
    with pytest.raises(FixTheSetup, match="is of the type Text, not Dropdown"):
        write(cards, new("1", "Tower"))
    assert puts(cards) == []


def test_reading_options_shows_every_one_in_one_page(cards: Cards) -> None:
    write(cards, *(new(str(number), f"Project {number}", on=number % 2 == 0) for number in range(40)))
    [page] = cards.pex().read(OPTIONS, Window())
    assert (len(page.rows), page.partial) == (40, False)
