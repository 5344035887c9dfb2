"""docs/features.md holds what tests prove, and its ids are the project's ids."""

from __future__ import annotations

import re
import textwrap

import pytest
from pydantic import BaseModel

from jobledger.integration import Integration
from tests.features import ROOT, SOURCE, Feature, Features, collect_marks, marked_tests, read_features
from tests.make_features import COMMAND, PAGE, current_page, page

RANGES = {"PEX": 36, "SMX-QBO": 102, "PRC-API": 41, "QBD": 20, "XER": 183, "XTR": 43, "ACC": 36}
NAME_A_SETTING = {
    "XER": (35, 36, 81, 82, 83, 85, 98, 116, 167, 173),
    "XTR": (15, 18, 38, 43),
    "QBD": (*range(6, 13), *range(14, 19)),
    "SMX-QBO": (
        36,
        43,
        50,
        55,
        56,
        58,
        59,
        *range(61, 64),
        *range(68, 71),
        *range(75, 79),
        85,
        *range(88, 92),
        *range(95, 101),
    ),
    "PEX": (*range(19, 24), 25, 27, 29),
    "PRC-API": (5,),
    "ACC": (2, 3, *range(6, 10), 12, 14, 18, 20, 21, *range(24, 27), 28, 33, 34),
}


@pytest.fixture(scope="module")
def features() -> Features:
    return read_features()


def test_the_page_shows_what_the_marks_say_today() -> None:
    same = PAGE.exists() and PAGE.read_text(encoding="utf-8") == current_page()
    assert same, f"docs/features.md is out of date. Write it again: {COMMAND}"


def test_every_mark_names_a_feature_that_exists(features: Features) -> None:
    known = {feature.id for feature in features}
    assert {id: tests for id, tests in collect_marks().items() if id not in known} == {}


def test_every_id_that_code_and_files_name_is_a_feature(features: Features) -> None:
    files = (file for folder in ("include", "plugins", "dags", "sandbox") for file in (ROOT / folder).rglob("*.*"))
    texts = {file: file.read_text(encoding="utf-8") for file in files if file.suffix in {".py", ".yaml", ".json"}}
    known, kinds = {feature.id for feature in features}, "|".join(RANGES)
    named = ((file, id) for file, text in texts.items() for id in re.findall(rf"\b(?:{kinds})-\d+", text))
    assert [(file.name, id) for file, id in named if id not in known] == []


def test_every_id_is_there_exactly_once() -> None:
    written = re.findall(r"^ +([A-Z-]+-\d+):", SOURCE.read_text(encoding="utf-8"), flags=re.MULTILINE)
    assert sorted(written) == sorted(
        f"{kind}-{number}" for kind, last in RANGES.items() for number in range(1, last + 1)
    )


def test_every_sentence_is_one_plain_sentence(features: Features) -> None:
    assert [f.id for f in features if not re.fullmatch(r"[^\n|]{10,130}\.", f.text)] == []


def test_a_fixed_state_says_why(features: Features) -> None:
    assert [feature.id for feature in features if feature.state and not feature.why] == []


def test_a_feature_that_names_a_setting_says_which(features: Features) -> None:
    expected = {f"{kind}-{number}" for kind, numbers in NAME_A_SETTING.items() for number in numbers}
    assert expected - {feature.id for feature in features if feature.settings} == set()


def test_every_setting_of_a_feature_is_a_key_of_the_integration_file(features: Features) -> None:
    named = [(f.id, key) for f in features for key in f.settings if key.split(".")[0] not in features.blocks_to_come]
    assert [(id, key) for id, key in named if not _is_key(Integration, key.split("."))] == []


def test_a_block_of_settings_that_has_come_is_no_longer_to_come(features: Features) -> None:
    assert [block for block in features.blocks_to_come if _is_key(Integration, [block])] == []


def _is_key(model: type[BaseModel], path: list[str]) -> bool:
    field = next((f for name, f in model.model_fields.items() if path[0] in (name, f.alias)), None)
    if field is None or len(path) == 1:
        return field is not None
    inner = field.annotation
    return isinstance(inner, type) and issubclass(inner, BaseModel) and _is_key(inner, path[1:])


MARKED = textwrap.dedent(
    """
    import pytest

    pytestmark = [pytest.mark.slow, pytest.mark.feature("XER-1")]
    CASES = [pytest.param(1, marks=pytest.mark.feature("XER-2")), 2]

    @pytest.mark.feature("XER-3", "XER-4")
    def test_decorated(): ...

    @pytest.mark.parametrize("case", CASES)
    async def test_cases(case): ...

    @pytest.mark.parametrize("case", [pytest.param(1, marks=[pytest.mark.feature("XER-5")])])
    def test_inline(case): ...

    def helper(): ...

    @pytest.mark.feature("XER-6")
    class TestIn:
        @pytest.mark.feature("XER-7")
        def test_class(self): ...
    """
)


def test_marks_are_found_wherever_pytest_takes_them() -> None:
    assert dict(marked_tests(MARKED, "t.py")) == {
        "t.py::test_decorated": ["XER-3", "XER-4", "XER-1"],
        "t.py::test_cases": ["XER-2", "XER-1"],
        "t.py::test_inline": ["XER-5", "XER-1"],
        "t.py::TestIn::test_class": ["XER-7", "XER-1", "XER-6"],
    }


def test_a_mark_that_cannot_be_read_is_named_with_its_line() -> None:
    with pytest.raises(ValueError, match=r"t\.py:1"):
        list(marked_tests("@pytest.mark.feature(*IDS)\ndef test_x(): ...", "t.py"))


def test_a_row_shows_its_state_and_three_proofs_and_a_sandbox_test_is_none() -> None:
    features = Features({"G": (Feature("XER-1", "One."), Feature("XER-2", "Two.", settings=("live",)))}, ())
    made = page(
        features, {"XER-1": [f"tests/a.py::test_{n}" for n in range(5)], "XER-2": ["tests/sandbox/b.py::test_x"]}
    )
    row = "| XER-1 | One. | proved | `a.py::test_0`<br>`a.py::test_1`<br>`a.py::test_2`<br>2 more |"
    assert row in made
    assert "| XER-2 | Two. (`live`) | planned |  |" in made
