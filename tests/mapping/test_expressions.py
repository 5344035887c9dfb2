"""The expression language: what it says, and how it refuses what it does not."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jobledger.errors import FixTheSetup
from jobledger.mapping.context import Context, Linked, NotYet
from jobledger.mapping.converters import CONVERTERS
from jobledger.mapping.expression import compile_expression, parse_expression

WHERE = "companies.yaml: fields.Name"


def run(text, **context):
    return compile_expression(text, WHERE)(Context(**context))


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("name", " Acme  LLC "),
        ("name | squeeze", "Acme LLC"),
        ("name|squeeze|upper", "ACME LLC"),
        ("vendor.id | prefix: xero:contact:", "xero:contact:7"),
        ("vendor.id | prefix: 'a | b: '", "a | b: 7"),
        ("'ACCREC'", "ACCREC"),
        ("settings.tax.mode", "no_tax"),
        ("missing | default: settings.tax.mode", "no_tax"),
        ("missing | default: 0", 0),
        ("missing | default: false", False),
        ("missing | default: '0'", "0"),
        ("missing | squeeze | upper", None),
        ("empty | upper", None),
        ("line", {"description": "Slab"}),
        ("line.description", "Slab"),
        ("code | lookup: settings.types", "S"),
    ],
)
def test_an_expression_says_where_a_value_comes_from(text, value):
    record = {"name": " Acme  LLC ", "vendor": {"id": 7}, "empty": "", "code": "03"}
    settings = {"tax": {"mode": "no_tax"}, "types": {"03": "S"}}
    assert run(text, record=record, settings=settings, line={"description": "Slab"}) == value


def test_a_link_gives_the_id_of_the_other_side():
    assert run(
        "vendor.id | link: companies", record={"vendor": {"id": 7}}, links=lambda kind, id: Linked(f"{kind}-{id}", {})
    ) == ("companies-7")


def test_a_missing_link_names_what_must_be_linked_first_and_no_default_covers_it_up():
    with pytest.raises(NotYet) as caught:
        run("vendor.id | link: companies | default: 'x'", record={"vendor": {"id": 7}})
    assert caught.value.missing.why == "refers to companies 7, not linked yet"


def test_a_record_without_the_reference_needs_no_link():
    assert run("vendor.id | link: companies | default: 'x'", record={}) == "x"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("name | squeze", "Did you mean 'squeeze'?"),
        ("name | at_most", "takes a number of characters"),
        ("name | at_most: many", "'many' is not an argument for at_most"),
        ("name | at_most:", "has no argument"),
        ("name | squeeze: 2", "takes no argument"),
        ("name ||squeeze", "cannot be read"),
        ("", "cannot be read"),
        ("name + 1", "is not a path"),
        ("'open", "cannot be read"),
        ("name | default: settings.a..b", "is not a path"),
    ],
)
def test_what_is_not_an_expression_is_refused_by_file_field_and_remedy(text, said):
    with pytest.raises(FixTheSetup) as caught:
        compile_expression(text, WHERE)
    assert str(caught.value).startswith(WHERE)
    assert said in str(caught.value)


ALPHABET = st.sampled_from([*CONVERTERS, "|", ":", "'", ".", "settings.", "line", "name", " ", "[", "=", "]", "1", "-"])


@given(st.one_of(st.text(), st.lists(ALPHABET, max_size=12).map("".join)))
def test_any_text_either_compiles_or_is_a_fault_of_the_setup(text):
    try:
        assert callable(compile_expression(text, WHERE))
    except FixTheSetup as error:
        assert error.where == WHERE


def test_the_settings_that_an_expression_reads_are_known():
    expression = parse_expression("settings.a.b | default: settings.c", WHERE)
    assert expression.settings == ["settings.a.b", "settings.c"]
