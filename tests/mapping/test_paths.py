"""Paths: reading and writing flat paths of nested documents."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jobledger.mapping.path import known, nest, parse, read

NAMES = st.from_regex(r"[A-Za-z_][A-Za-z0-9_]{0,8}", fullmatch=True)
SELECTORS = st.from_regex(r"[A-Za-z]{1,5}=[A-Z0-9 .-]{1,8}", fullmatch=True)
STEPS = st.one_of(NAMES, st.builds(lambda name, selector: f"{name}[{selector}]", NAMES, SELECTORS))
PATHS = st.builds(lambda steps, last: ".".join([*steps, last]), st.lists(STEPS, max_size=3), NAMES)
VALUES = st.one_of(st.text(), st.integers(), st.booleans(), st.decimals(allow_nan=False))


@given(st.dictionaries(PATHS, VALUES, max_size=6))
def test_what_is_written_at_a_path_is_read_back_from_it(fields):
    try:
        document = nest(fields)
    except ValueError:
        return
    assert {path: read(document, path) for path in fields} == fields


def test_one_path_can_always_be_written():
    assert nest({"a.b[kind=X].c": 1}) == {"a": {"b": [{"kind": "X", "c": 1}]}}


def test_paths_with_one_selector_share_one_element_and_others_have_their_own():
    fields = {"Phones[T=FAX].N": "1", "Phones[T=DEFAULT].N": "2", "Phones[T=FAX].Area": "303"}
    assert nest(fields) == {"Phones": [{"T": "FAX", "N": "1", "Area": "303"}, {"T": "DEFAULT", "N": "2"}]}


def test_the_first_of_several_matching_elements_is_read():
    assert read({"Phones": [{"T": "A", "N": 1}, {"T": "A", "N": 2}]}, "Phones[T=A].N") == 1


@pytest.mark.parametrize(
    "record", [None, {}, {"vendor": None}, {"vendor": 7}, {"vendor": []}, {"vendor": {"id": None}}]
)
def test_a_missing_part_reads_as_nothing(record):
    assert read(record, "vendor.id") is None
    assert read(record, "vendor[id=1].name") is None


@pytest.mark.parametrize("fields", [{"a": 1, "a.b": 2}, {"a.b": 1, "a": 2}, {"a[k=1].b": 1, "a.b": 2}, {"a[k=1]": 1}])
def test_paths_that_contradict_each_other_are_refused(fields):
    with pytest.raises(ValueError, match="'a"):
        nest(fields)


@pytest.mark.parametrize("text", ["", ".", "a.", ".a", "a..b", "a b", "a[b]", "a[b=]", "a[=c]", "1a", "a[b=c]d"])
def test_text_that_is_no_path_is_refused(text):
    with pytest.raises(ValueError, match="is not a path"):
        parse(text)


def test_a_known_path_covers_its_elements_and_everything_below_a_star():
    paths = {"Phones.PhoneNumber", "custom_fields.*", "vendor.id"}
    assert known("Phones[PhoneType=FAX].PhoneNumber", paths)
    assert known("Phones[PhoneType=FAX]", paths)
    assert known("custom_fields.x.value", paths)
    assert not known("Phones.PhoneNumer", paths)
    assert not known("custom_field.x", paths)
