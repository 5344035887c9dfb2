"""The shipped expectations, run by Great Expectations: what a vendor would refuse is found before it is sent."""

from pathlib import Path

import pytest

from jobledger.mapping.suite import load_suite
from jobledger.pipeline.validate import broken

EXPECTATIONS = Path(__file__).parents[2] / "include" / "expectations"
COUNTRY, FAX = "Addresses[AddressType=POBOX].Country", "Phones[PhoneType=FAX].PhoneNumber"
GOOD = {
    "xero.contacts": {"Name": "Peña & Sons, LLC", COUNTRY: "US", FAX: "(303) 555-0142"},
    "xero.tracking_options": {"Name": "Riverside Tower"},
    "xero.items": {"Code": "03-300.S", "Name": "Concrete", "Description": "Slab\nand footings"},
    "procore.vendors": {"name": "Acme", "origin_id": "xero:contact:1", "state_code": "NSW", "country_code": "AU"},
    "procore.projects": {"name": "Tower", "origin_id": "xero:tracking_option:1"},
    "procore.standard_cost_codes": {"code": "1", "name": "a", "standard_cost_code_list_id": "2", "origin_id": "x"},
}
UNIQUE = {"Name", "Code", "name", "code", "origin_id"}
BAD = [
    ("xero.contacts", {"Name": "x" * 256}),
    ("xero.contacts", {"Name": None}),
    ("xero.contacts", {"Name": " Acme"}),
    ("xero.contacts", {"Name": "Acme\nConcrete"}),
    ("xero.contacts", {COUNTRY: "U$"}),
    ("xero.contacts", {FAX: "1" * 51}),
    ("xero.tracking_options", {"Name": "x" * 51}),
    ("xero.items", {"Code": "x" * 31}),
    ("xero.items", {"Name": "x" * 51}),
    ("procore.vendors", {"state_code": "Colorado"}),
    ("procore.vendors", {"country_code": "USA"}),
    ("procore.vendors", {"origin_id": None}),
    ("procore.standard_cost_codes", {"standard_cost_code_list_id": None}),
]


@pytest.mark.parametrize("target", GOOD)
def test_a_good_document_passes_and_its_double_does_not(target):
    suite = load_suite(EXPECTATIONS / f"{target}.yaml")
    assert broken(suite, [GOOD[target]]) == []
    assert {index for index, _, _ in broken(suite, [GOOD[target], GOOD[target]])} == {0, 1}


@pytest.mark.feature("XER-95", "ACC-2", "XTR-11", "XTR-16")
@pytest.mark.parametrize(("target", "change"), BAD)
def test_a_bad_value_is_found_with_a_remedy_and_stops_only_its_own_document(target, change):
    suite = load_suite(EXPECTATIONS / f"{target}.yaml")
    other = {field: f"{value}2" if field in UNIQUE else value for field, value in GOOD[target].items()}
    found = broken(suite, [other, GOOD[target] | change])
    assert {index for index, _, _ in found} == {1}
    assert {rule.column for _, rule, _ in found} == set(change)
    assert all(rule.because and rule.remedy for _, rule, _ in found)
