"""Documents: a record mapped by a flow, its fingerprint, and mistakes in a mapping file found before a run."""

from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jobledger.errors import FixTheRecord, FixTheSetup
from jobledger.mapping.context import Context, Linked
from jobledger.mapping.document import check_flow, compile_flow, compile_write_back, document_of, fingerprint
from jobledger.mapping.flow import Flow

ORDER = {
    "name": "orders",
    "title": "Commitments to purchase orders",
    "kind": "commitments",
    "from": "procore.commitments",
    "to": "xero.purchase_orders",
    "natural_key": ["Number"],
    "fields": {"Number": "number", "Contact.ContactID": "vendor.id | link: companies", "Total": "total | money"},
    "lines": {
        "of": "line_items",
        "to": "LineItems",
        "fields": {
            "ItemCode": "line.code | link: cost_codes",
            "Description": "line.description | at_most: 8",
            "Reference": "number",
        },
    },
}
RECORD = {
    "number": "SC-001",
    "vendor": {"id": 7},
    "total": "100.50",
    "line_items": [{"code": "03-300.S", "description": "Slab on grade"}, {"code": "03-310.S", "description": None}],
}


def flow(**changes):
    return Flow.model_validate(ORDER | changes)


def mapped(record=RECORD, links=lambda kind, id: Linked(f"{kind}/{id}", {}), **changes):
    return compile_flow(flow(**changes), "orders.yaml")(Context(record=record, links=links))


def test_a_record_becomes_fields_and_lines_of_the_target():
    result = mapped()
    assert document_of(result.fields, result.lines, flow()) == {
        "Number": "SC-001",
        "Contact": {"ContactID": "companies/7"},
        "Total": Decimal("100.50"),
        "LineItems": [
            {"ItemCode": "cost_codes/03-300.S", "Description": "Slab on", "Reference": "SC-001"},
            {"ItemCode": "cost_codes/03-310.S", "Reference": "SC-001"},
        ],
    }
    assert result.notes == ["Description: 'Slab on grade' is cut to 8 characters."]


def test_every_missing_link_is_collected_not_only_the_first():
    result = mapped(links=lambda kind, id: None)
    assert [one.why for one in result.missing] == [
        "refers to companies 7, not linked yet",
        "refers to cost codes 03-300.S, not linked yet",
        "refers to cost codes 03-310.S, not linked yet",
    ]


def test_a_value_that_cannot_be_taken_names_its_field():
    with pytest.raises(FixTheRecord) as caught:
        mapped(RECORD | {"total": "1.005"})
    assert caught.value.field == "Total"


def test_control_characters_are_left_out_with_a_note_and_line_breaks_stay():
    result = mapped(RECORD | {"number": "SC\x00-0\x1f01\r\nA\tB", "line_items": []})
    assert result.fields["Number"] == "SC-001\nA\tB"
    assert result.notes == ["Number: control characters are left out."]


@given(st.text())
def test_no_text_reaches_a_document_that_cannot_be_sent(text):
    value = mapped(RECORD | {"number": text, "line_items": []}).fields["Number"]
    assert value is None or not set(value) & {chr(code) for code in range(32) if chr(code) not in "\n\t"}
    assert value != ""


def test_a_record_without_lines_has_none():
    assert mapped({"number": "1"}).lines == []


def test_write_back_reads_the_written_record():
    back = compile_write_back(flow(write_back={"origin_id": "id | prefix: xero:contact:", "origin_code": "name"}), "x")
    assert back(Context(record={"id": "c-1", "name": "Acme"})) == {
        "origin_id": "xero:contact:c-1",
        "origin_code": "Acme",
    }


SCALARS = st.one_of(st.none(), st.text(), st.integers(), st.booleans(), st.decimals(allow_nan=False), st.dates())
FIELDS = st.dictionaries(st.sampled_from("abcdef"), SCALARS)


@given(FIELDS)
def test_a_fingerprint_does_not_see_how_a_value_is_written(fields):
    def rewritten(value):
        if isinstance(value, Decimal) and value.is_finite():
            sign, digits, exponent = value.as_tuple()
            return Decimal((sign, (*digits, 0), exponent - 1)) if value else -value
        return "" if value is None else value

    backwards = {key: rewritten(value) for key, value in reversed(fields.items())}
    assert fingerprint(fields, []) == fingerprint(backwards | {"z": None}, [])


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (Decimal("1.0"), Decimal("1.00")),
        (Decimal("-0"), 0),
        (Decimal("1E+2"), 100),
        (None, ""),
        (date(2026, 5, 1), "2026-05-01"),
    ],
)
def test_equal_values_have_one_fingerprint(one, other):
    assert fingerprint({"a": one}, [{"b": one}]) == fingerprint({"a": other}, [{"b": other}])


@pytest.mark.parametrize(
    ("one", "other"),
    [("1", 1), (Decimal("1.01"), Decimal("1.0")), ("a", "A"), (0, None), (Decimal("1e-30"), 0), (10**40, 10**40 + 1)],
)
def test_different_values_have_different_fingerprints(one, other):
    assert fingerprint({"a": one}, []) != fingerprint({"a": other}, [])


def test_the_order_of_lines_matters_and_that_of_fields_does_not():
    assert fingerprint({}, [{"a": 1}, {"a": 2}]) != fingerprint({}, [{"a": 2}, {"a": 1}])
    assert fingerprint({"a": 1, "b": 2}, []) == fingerprint({"b": 2, "a": 1}, [])


SOURCE = {
    "number",
    "origin_id",
    "vendor.*",
    "total",
    "line_items.id",
    "line_items.code",
    "line_items.description",
    "settings.companies.export",
}
TARGET = {"Number", "Contact.ContactID", "Total", "LineItems.ItemCode", "LineItems.Description", "LineItems.Reference"}


def test_a_flow_whose_paths_are_known_passes():
    check_flow(flow(), SOURCE, TARGET, "orders.yaml")


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"fields": {"Number": "numbr"}}, "fields.Number: 'numbr' is not a known path. Did you mean 'number'?"),
        ({"fields": {"Number": "number", "Totl": "total"}}, "'Totl' is not a known path. Did you mean 'Total'?"),
        ({"only_when": {"stats": ["A"]}}, "only_when: 'stats'"),
        ({"blocked_when": {"sub_jb": "x"}}, "blocked_when: 'sub_jb'"),
        ({"chosen_by": "settings.companies.exprt"}, "Did you mean 'settings.companies.export'?"),
        ({"fields": {"Number": {"value": "number", "owner": "settings.x"}}}, "fields.Number.owner: 'settings.x'"),
        ({"write_back": {"origin_id": "ContactID"}}, "write_back.origin_id: 'ContactID'"),
        ({"write_back": {"orign_id": "id"}}, "Did you mean 'origin_id'?"),
        ({"lines": ORDER["lines"] | {"fields": {"ItemCode": "line.cod"}}}, "Did you mean 'line_items.code'?"),
        ({"lines": ORDER["lines"] | {"key": "nr"}}, "lines.key: 'line_items.nr'"),
        ({"fields": {"Number": "line.code"}}, "'line.code'"),
        ({"fields": {"Number": "total | headed: 'CO {numbr} – '"}}, "Did you mean 'number'?"),
    ],
)
def test_a_misspelt_path_is_named_with_the_nearest_one(changes, said):
    with pytest.raises(FixTheSetup) as caught:
        check_flow(flow(**changes), SOURCE, TARGET, "orders.yaml")
    assert said in str(caught.value)
    assert str(caught.value).startswith("orders.yaml: ")


def test_target_paths_that_contradict_each_other_are_a_fault_of_the_setup():
    with pytest.raises(FixTheSetup, match=r"orders\.yaml: fields"):
        mapped(fields={"Number": "number", "Number.x": "number"})
