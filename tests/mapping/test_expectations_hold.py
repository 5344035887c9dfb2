"""The shipped expectations, run by Great Expectations: what a vendor would refuse is found before it is sent."""

from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from jobledger.mapping.suite import load_suite
from jobledger.pipeline.validate import broken

EXPECTATIONS = Path(__file__).parents[2] / "include" / "expectations"
LINE = {
    "LineItems.ItemCode": "22-110.S",
    "LineItems.Description": "Domestic water piping",
    "LineItems.Quantity": Decimal("12.5"),
    "LineItems.UnitAmount": Decimal("-118400.00"),
    "LineItems.TaxType": "NONE",
}
BOOKED = {
    "Line.Description": "Domestic water piping",
    "Line.Amount": Decimal("-118400.00"),
    "Line.ItemRef": "19",
    "Line.CustomerRef": "58",
}
UNITS = {"Line.Qty": Decimal("12.5"), "Line.UnitPrice": Decimal("-9472.00")}
COUNTRY, FAX = "Addresses[AddressType=POBOX].Country", "Phones[PhoneType=FAX].PhoneNumber"
GOOD = {
    "xero.contacts": {"Name": "Peña & Sons, LLC", COUNTRY: "US", FAX: "(303) 555-0142"},
    "xero.tracking_options": {"Name": "Riverside Tower"},
    "xero.items": {"Code": "03-300.S", "Name": "Concrete", "Description": "Slab\nand footings"},
    "procore.vendors": {"name": "Acme", "origin_id": "xero:contact:1", "state_code": "NSW", "country_code": "AU"},
    "procore.projects": {"name": "Tower", "origin_id": "xero:tracking_option:1"},
    "procore.standard_cost_codes": {"code": "1", "name": "a", "standard_cost_code_list_id": "2", "origin_id": "x"},
    "xero.purchase_orders": {
        "PurchaseOrderNumber": "24-021-SC-001",
        "Contact.ContactID": "c-1",
        "Date": date(2026, 1, 15),
        "Reference": "Plumbing, complete",
        "DeliveryInstructions": "Flatbed",
        **LINE,
    },
    "xero.purchase_order_changes": {"PurchaseOrderID": "po-1", "Number": "001", "Contact.ContactID": "c-1", **LINE},
    "xero.bills": {
        "Contact.ContactID": "c-1",
        "Date": date(2026, 2, 28),
        "DueDate": date(2026, 3, 25),
        "InvoiceNumber": "24-021-SC-001",
        "SubTotal": Decimal("45958.54"),
        **LINE,
    },
    "quickbooks_online.contacts": {
        "DisplayName": "Peña & Sons, LLC",
        "CompanyName": "Peña & Sons, LLC",
        "PrimaryPhone.FreeFormNumber": "(303) 555-0142",
    },
    "quickbooks_online.sub_customers": {"DisplayName": "Riverside Tower", "ParentRef": "58"},
    "quickbooks_online.items": {"Name": "03-300.S", "Description": "Concrete", "PurchaseDesc": "Concrete"},
    "quickbooks_online.classes": {"Name": "Labor"},
    "quickbooks_online.locations": {"Name": "Mountain States"},
    "quickbooks_online.purchase_orders": {
        "DocNumber": "24-021-SC-001",
        "TxnDate": date(2026, 1, 15),
        "VendorRef": "41",
        "PrivateNote": "Plumbing, complete",
        **BOOKED,
        **UNITS,
    },
    "quickbooks_online.purchase_order_changes": {"Id": "7", "Number": "001", "VendorRef": "41", **BOOKED, **UNITS},
    "quickbooks_online.bills": {
        "VendorRef": "41",
        "TxnDate": date(2026, 2, 28),
        "DocNumber": "24-021-SC-001",
        "SubTotal": Decimal("45958.54"),
        **BOOKED,
    },
    "quickbooks_online.attachments": {
        "BillRef": "145",
        "FileName": "Pay app 3 (signed).PDF",
        "Url": "/rest/v1.0/attachments/9/file",
    },
    "quickbooks_online.bills.expenses": {
        "VendorRef": "41",
        "TxnDate": date(2026, 4, 14),
        "PrivateNote": "Fuel",
        "SubTotal": Decimal("76.25"),
        **BOOKED,
    },
    "quickbooks_online.invoices": {
        "CustomerRef": "58",
        "TxnDate": date(2026, 3, 31),
        "DocNumber": "25-001-1",
        "SubTotal": Decimal("47219.35"),
        "Line.Description": "Concrete",
        "Line.Amount": Decimal("-5246.60"),
        "Line.ItemRef": "12",
    },
    "quickbooks_online.time_activities": {
        "EmployeeRef": "71",
        "TxnDate": date(2026, 4, 13),
        "CustomerRef": "58",
        "Hours": 7,
        "Minutes": 30,
    },
    "procore.payments_received": {
        "project_id": "24",
        "contract_id": "1",
        "amount": Decimal("0.01"),
        "date": date(2026, 4, 2),
        "notes": "Check 118",
        "origin_id": "quickbooks_online:receipt:1/7",
    },
    "procore.payments": {
        "project_id": "24",
        "contract_id": "1",
        "requisition_id": "7",
        "amount": Decimal("0.01"),
        "date": date(2026, 4, 2),
        "notes": "Check 10442",
        "origin_id": "xero:payment:1",
    },
    "procore.direct_costs": {
        "project_id": "24",
        "direct_cost_type": "invoice",
        "vendor_id": "35",
        "invoice_number": "1001",
        "direct_cost_date": date(2026, 4, 2),
        "description": "Rental",
        "origin_id": "xero:cost:bill:1/24",
        "line_items.budget_code": "01-540.E",
        "line_items.amount": Decimal("-3570.54"),
    },
    "procore.direct_costs.labour_costs": {
        "project_id": "24",
        "direct_cost_type": "payroll",
        "employee_id": "7",
        "direct_cost_date": date(2026, 4, 2),
        "description": "Ana Ruiz, Overtime",
        "origin_id": "procore:timecard:1",
        "line_items.budget_code": "06-100.L",
        "line_items.quantity": Decimal("0.25"),
        "line_items.amount": Decimal("10.01"),
    },
    "procore.direct_costs.purchases": {
        "project_id": "24",
        "direct_cost_type": "expense",
        "vendor_id": 301,
        "invoice_number": "PEX-480000002",
        "direct_cost_date": date(2026, 2, 27),
        "description": "Home Depot, Denver CO | Ana Ruiz",
        "origin_id": "pex:purchase:480000002/24",
        "line_items.budget_code": "03-300.M",
        "line_items.amount": Decimal("-120.50"),
    },
    "procore.direct_cost_attachments": {
        "direct_cost_id": "5001",
        "file_name": "PEX-480000002 receipt 6f2a",
        "url": "v4/Transactions/480000002/Attachment/6f2a?AttachmentLinkType=LinkUrl",
    },
    "pex.project_options": {"Value": 24, "Name": "25-002 Riverside Tower", "IsEnabled": True},
    "pex.cost_code_options": {"Value": "301", "Name": "03-300 Cast-in-Place Concrete", "IsEnabled": True},
    "pex.cost_type_options": {"Value": 3, "Name": "Materials", "IsEnabled": True},
    "pex.cost_code_rules": {"Project": "24", "Allowed": ["301", "310"]},
}
UNIQUE = {"Name", "Code", "name", "code", "origin_id", "PurchaseOrderNumber", "DisplayName", "Value", "Project"}
UNIQUE_OF = {"quickbooks_online.purchase_orders": {"DocNumber"}}
"""What must be unique for one target, and may be the same for others."""

ONE_BY_ONE = {
    *("xero.bills", "xero.purchase_order_changes"),
    *("quickbooks_online.bills", "quickbooks_online.bills.expenses", "quickbooks_online.purchase_order_changes"),
    *("quickbooks_online.invoices", "quickbooks_online.time_activities", "quickbooks_online.attachments"),
    "procore.direct_cost_attachments",
}
"""Two of them may be alike in every field: bills of one day, changes of one number in two orders, files of a name."""
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
    ("quickbooks_online.contacts", {"DisplayName": "x" * 501}),
    ("quickbooks_online.contacts", {"DisplayName": None}),
    ("quickbooks_online.contacts", {"DisplayName": "Acme: Concrete"}),
    ("quickbooks_online.contacts", {"DisplayName": "Acme\tConcrete"}),
    ("quickbooks_online.contacts", {"CompanyName": "x" * 101}),
    ("quickbooks_online.contacts", {"BillAddr.Line1": "x" * 501}),
    ("quickbooks_online.contacts", {"PrimaryPhone.FreeFormNumber": "1" * 31}),
    ("quickbooks_online.sub_customers", {"DisplayName": "Tower:East"}),
    ("quickbooks_online.sub_customers", {"ParentRef": None}),
    ("quickbooks_online.items", {"Name": "x" * 101}),
    ("quickbooks_online.items", {"Name": "03:300.S"}),
    ("quickbooks_online.items", {"PurchaseDesc": "x" * 4001}),
    ("quickbooks_online.classes", {"Name": "x" * 101}),
    ("quickbooks_online.classes", {"Name": "Labor\n"}),
    ("quickbooks_online.locations", {"Name": "Denver:North"}),
    ("quickbooks_online.locations", {"Name": " Denver"}),
    *(
        (f"pex.{entity}", change)
        for entity in ("project_options", "cost_code_options", "cost_type_options")
        for change in ({"Value": None}, {"Name": None}, {"Name": "x" * 101})
    ),
    ("pex.cost_code_rules", {"Project": None}),
]
BAD_DOCUMENTS = [
    ("xero.purchase_orders", {"PurchaseOrderNumber": None}, ["XER-123"]),
    ("xero.purchase_orders", {"PurchaseOrderNumber": "x" * 256}, ["XER-93"]),
    ("xero.purchase_orders", {"Reference": "x" * 256}, ["XER-94"]),
    ("xero.purchase_orders", {"Contact.ContactID": None}, ["XER-124"]),
    ("xero.purchase_orders", {"Date": None}, ["XER-122"]),
    ("xero.purchase_orders", {"DeliveryInstructions": "x" * 501}, ["XER-131"]),
    ("xero.purchase_orders", {"LineItems.ItemCode": "x" * 31}, ["ACC-2"]),
    ("xero.purchase_orders", {"LineItems.Description": None}, ["XER-127"]),
    ("xero.purchase_orders", {"LineItems.Description": "x" * 4001}, ["XER-127"]),
    ("xero.purchase_orders", {"LineItems.UnitAmount": Decimal("10000000000.00")}, ["XER-129"]),
    ("xero.purchase_orders", {"LineItems.TaxType": None}, ["ACC-26"]),
    ("xero.purchase_order_changes", {"PurchaseOrderID": None}, ["XER-140"]),
    ("xero.purchase_order_changes", {"Number": None}, ["XTR-20"]),
    ("xero.purchase_order_changes", {"LineItems.Quantity": Decimal("-10000000000.00")}, ["XER-137"]),
    ("xero.bills", {"Contact.ContactID": None}, ["XER-164"]),
    ("xero.bills", {"Date": None}, ["XER-165"]),
    ("xero.bills", {"DueDate": None}, ["XER-166"]),
    ("xero.bills", {"InvoiceNumber": None}, ["XER-167"]),
    ("xero.bills", {"SubTotal": Decimal("-0.01")}, ["XER-109"]),
    ("xero.bills", {"LineItems.ItemCode": None}, ["XER-168"]),
    ("quickbooks_online.purchase_orders", {"DocNumber": None}, ["ACC-11"]),
    ("quickbooks_online.purchase_orders", {"DocNumber": "x" * 22}, ["XER-93"]),
    ("quickbooks_online.purchase_orders", {"PrivateNote": "x" * 3901}, ["XER-94"]),
    ("quickbooks_online.purchase_orders", {"VendorRef": None}, ["ACC-11"]),
    ("quickbooks_online.purchase_orders", {"TxnDate": None}, ["ACC-13"]),
    ("quickbooks_online.purchase_orders", {"Line.CustomerRef": None}, ["SMX-QBO-34"]),
    ("quickbooks_online.purchase_orders", {"Line.Description": "x" * 4001}, ["ACC-11"]),
    ("quickbooks_online.purchase_orders", {"Line.Qty": Decimal("100000000000")}, ["ACC-10"]),
    ("quickbooks_online.purchase_order_changes", {"Id": None}, ["ACC-11"]),
    ("quickbooks_online.purchase_order_changes", {"Number": "x" * 256}, ["XTR-20"]),
    ("quickbooks_online.purchase_order_changes", {"Line.Amount": None}, ["ACC-11"]),
    ("quickbooks_online.bills", {"VendorRef": None}, ["SMX-QBO-86"]),
    ("quickbooks_online.bills", {"TxnDate": None}, ["SMX-QBO-86"]),
    ("quickbooks_online.bills", {"DocNumber": None}, ["ACC-17"]),
    ("quickbooks_online.bills", {"DocNumber": "x" * 22}, ["ACC-17"]),
    ("quickbooks_online.bills", {"SubTotal": Decimal("-0.01")}, ["XER-109"]),
    ("quickbooks_online.bills", {"Line.Amount": Decimal("-100000000000.00")}, ["SMX-QBO-86"]),
    ("quickbooks_online.attachments", {"BillRef": None}, ["SMX-QBO-86"]),
    ("quickbooks_online.attachments", {"FileName": None}, ["SMX-QBO-86"]),
    ("quickbooks_online.attachments", {"FileName": "model.dwg"}, ["SMX-QBO-86"]),
    ("quickbooks_online.attachments", {"FileName": "pdf"}, ["SMX-QBO-86"]),
    ("quickbooks_online.attachments", {"Url": None}, ["SMX-QBO-86"]),
    ("quickbooks_online.bills.expenses", {"VendorRef": None}, ["SMX-QBO-85"]),
    ("quickbooks_online.bills.expenses", {"TxnDate": None}, ["SMX-QBO-85"]),
    ("quickbooks_online.bills.expenses", {"DocNumber": "x" * 22}, ["ACC-17"]),
    ("quickbooks_online.bills.expenses", {"PrivateNote": "x" * 3901}, ["SMX-QBO-85"]),
    ("quickbooks_online.bills.expenses", {"SubTotal": Decimal("-0.01")}, ["XER-109"]),
    ("quickbooks_online.bills.expenses", {"Line.CustomerRef": None}, ["SMX-QBO-34"]),
    ("quickbooks_online.bills.expenses", {"Line.Description": "x" * 4001}, ["SMX-QBO-85"]),
    ("quickbooks_online.bills.expenses", {"Line.Amount": None}, ["SMX-QBO-85"]),
    ("quickbooks_online.bills.expenses", {"Line.Amount": Decimal("100000000000.00")}, ["SMX-QBO-85"]),
    ("quickbooks_online.invoices", {"CustomerRef": None}, ["SMX-QBO-87"]),
    ("quickbooks_online.invoices", {"TxnDate": None}, ["SMX-QBO-87"]),
    ("quickbooks_online.invoices", {"DocNumber": None}, ["ACC-17"]),
    ("quickbooks_online.invoices", {"DocNumber": "x" * 22}, ["ACC-17"]),
    ("quickbooks_online.invoices", {"PrivateNote": "x" * 3901}, ["SMX-QBO-87"]),
    ("quickbooks_online.invoices", {"SubTotal": Decimal("-0.01")}, ["XER-109"]),
    ("quickbooks_online.invoices", {"Line.Description": "x" * 4001}, ["SMX-QBO-87"]),
    ("quickbooks_online.invoices", {"Line.Amount": None}, ["SMX-QBO-87"]),
    ("quickbooks_online.invoices", {"Line.Amount": Decimal("-100000000000.00")}, ["SMX-QBO-87"]),
    ("quickbooks_online.invoices", {"Line.ItemRef": None}, ["SMX-QBO-97"]),
    ("quickbooks_online.time_activities", {"EmployeeRef": None}, ["SMX-QBO-77"]),
    ("quickbooks_online.time_activities", {"TxnDate": None}, ["SMX-QBO-77"]),
    ("quickbooks_online.time_activities", {"CustomerRef": None}, ["SMX-QBO-77"]),
    ("quickbooks_online.time_activities", {"Hours": None}, ["SMX-QBO-77"]),
    ("quickbooks_online.time_activities", {"Hours": 25}, ["SMX-QBO-77"]),
    ("quickbooks_online.time_activities", {"Minutes": None}, ["SMX-QBO-77"]),
    ("quickbooks_online.time_activities", {"Minutes": 60}, ["SMX-QBO-77"]),
    ("procore.payments_received", {"project_id": None}, ["XER-64"]),
    ("procore.payments_received", {"contract_id": None}, ["XER-64"]),
    ("procore.payments_received", {"amount": Decimal("0.00")}, ["ACC-22"]),
    ("procore.payments_received", {"amount": None}, ["ACC-22"]),
    ("procore.payments_received", {"date": None}, ["ACC-21"]),
    ("procore.payments_received", {"origin_id": None}, ["PRC-API-8"]),
    ("procore.payments_received", {"notes": "x" * 10001}, ["ACC-21"]),
    ("procore.payments", {"amount": Decimal("0.00")}, ["XER-178"]),
    ("procore.payments", {"amount": Decimal("1000000000000.00")}, ["XER-178"]),
    ("procore.payments", {"date": None}, ["XER-179"]),
    ("procore.payments", {"requisition_id": None}, ["XER-183"]),
    ("procore.payments", {"contract_id": None}, ["XER-175"]),
    ("procore.direct_costs", {"direct_cost_type": "timecard"}, ["XER-147"]),
    ("procore.direct_costs", {"vendor_id": None}, ["XER-154"]),
    ("procore.direct_costs", {"direct_cost_date": None}, ["XER-151"]),
    ("procore.direct_costs", {"line_items.budget_code": None}, ["XER-158"]),
    ("procore.direct_costs.labour_costs", {"employee_id": None}, ["SMX-QBO-81"]),
    ("procore.direct_costs.labour_costs", {"project_id": None}, ["SMX-QBO-79"]),
    ("procore.direct_costs.labour_costs", {"line_items.quantity": Decimal("24.01")}, ["SMX-QBO-79"]),
    ("procore.direct_costs.labour_costs", {"line_items.amount": Decimal("-0.01")}, ["SMX-QBO-78"]),
    ("procore.direct_costs.purchases", {"project_id": None}, ["PEX-19"]),
    ("procore.direct_costs.purchases", {"direct_cost_type": "invoice"}, ["PEX-22"]),
    ("procore.direct_costs.purchases", {"vendor_id": None}, ["PEX-29"]),
    ("procore.direct_costs.purchases", {"invoice_number": None}, ["ACC-23"]),
    ("procore.direct_costs.purchases", {"direct_cost_date": None}, ["PEX-22"]),
    ("procore.direct_costs.purchases", {"description": "x" * 10001}, ["PEX-28"]),
    ("procore.direct_costs.purchases", {"line_items.budget_code": None}, ["PEX-20"]),
    ("procore.direct_costs.purchases", {"line_items.amount": Decimal("1000000000000.00")}, ["PEX-22"]),
    ("procore.direct_cost_attachments", {"direct_cost_id": None}, ["PEX-25"]),
    ("procore.direct_cost_attachments", {"file_name": None}, ["PEX-25"]),
    ("procore.direct_cost_attachments", {"url": None}, ["PEX-25"]),
]


@pytest.mark.parametrize("target", GOOD)
def test_a_good_document_passes_and_its_double_does_not(target):
    suite = load_suite(EXPECTATIONS / f"{target}.yaml")
    assert broken(suite, [GOOD[target]]) == []
    doubles = {index for index, _, _ in broken(suite, [GOOD[target], GOOD[target]])}
    assert doubles == (set() if target in ONE_BY_ONE else {0, 1})


def unlike(target, place):
    """What sets apart the documents of a target that must not have the same."""
    return {
        field: f"{value}{place}"
        for field, value in GOOD[target].items()
        if field in UNIQUE | UNIQUE_OF.get(target, set())
    }


@pytest.mark.feature("XER-95", "ACC-2", "XTR-11", "XTR-16")
@pytest.mark.parametrize("target", dict(BAD))
def test_a_bad_value_is_found_with_a_remedy_and_stops_only_its_own_document(target):
    suite = load_suite(EXPECTATIONS / f"{target}.yaml")
    bad = [{}, *(change for of, change in BAD if of == target)]
    found = broken(suite, [GOOD[target] | unlike(target, place) | change for place, change in enumerate(bad)])
    assert {(index, rule.column) for index, rule, _ in found} == {
        (place, column) for place, change in enumerate(bad) for column in change
    }
    assert all(rule.because and rule.remedy for _, rule, _ in found)


@pytest.mark.feature("ACC-36", "XER-109")
@pytest.mark.parametrize("target", ["quickbooks_online.bills", "quickbooks_online.invoices"])
def test_a_total_below_zero_passes_as_a_credit_only(target):
    suite = load_suite(EXPECTATIONS / f"{target}.yaml")
    below = GOOD[target] | {"SubTotal": Decimal("-0.01")}
    assert broken(suite, [below | {"AsCredit": True}]) == []
    assert [rule.column for _, rule, _ in broken(suite, [below | {"AsCredit": None}])] == ["SubTotal"]


@pytest.mark.feature("XER-93", "XER-94", "XER-109")
@pytest.mark.parametrize("target", dict.fromkeys(target for target, _, _ in BAD_DOCUMENTS))
def test_a_document_that_would_be_refused_is_told_with_the_rule_behind_it(target):
    suite = load_suite(EXPECTATIONS / f"{target}.yaml")
    bad = [(change, features) for of, change, features in BAD_DOCUMENTS if of == target]
    documents = [GOOD[target] | unlike(target, place) | change for place, (change, _) in enumerate(bad)]
    found = broken(suite, documents)
    told = sorted((place, rule.column, rule.meta.feature) for place, rule, _ in found)
    assert told == [(place, *change, *features) for place, (change, features) in enumerate(bad)]
    assert all(rule.because and rule.remedy for _, rule, _ in found)


@pytest.mark.parametrize(
    ("target", "column", "most"),
    [
        ("procore.payments", "amount", "999999999999.99"),
        ("procore.direct_costs", "line_items.amount", "-999999999999.99"),
        ("procore.direct_costs.purchases", "line_items.amount", "-999999999999.99"),
        ("xero.purchase_orders", "LineItems.UnitAmount", "9999999999.99"),
        ("xero.bills", "LineItems.UnitAmount", "-9999999999.99"),
        ("quickbooks_online.purchase_orders", "Line.UnitPrice", "99999999999.99"),
        ("quickbooks_online.bills", "Line.Amount", "-99999999999.99"),
        ("quickbooks_online.bills.expenses", "Line.Amount", "99999999999.99"),
        ("quickbooks_online.invoices", "Line.Amount", "-99999999999.99"),
        ("procore.payments_received", "amount", "999999999999.99"),
    ],
)
def test_the_largest_amount_that_fits_is_taken_to_the_cent(target, column, most):
    suite = load_suite(EXPECTATIONS / f"{target}.yaml")
    assert broken(suite, [GOOD[target] | {column: Decimal(most)}]) == []


ORDERS_AND_BILLS = ("purchase_orders", "purchase_order_changes", "bills", "bills.expenses")


@pytest.mark.feature("XTR-11")
@pytest.mark.parametrize("entity", ORDERS_AND_BILLS)
@pytest.mark.parametrize(
    ("item", "account", "told"),
    [
        ("19", None, []),
        (None, "80", []),
        (None, None, ["Line.AccountRef"]),
        ("19", "80", ["Line.ItemRef"]),
    ],
)
def test_a_line_of_quickbooks_is_on_an_item_or_on_an_account_and_never_on_both(entity, item, account, told):
    target = f"quickbooks_online.{entity}"
    document = GOOD[target] | {"Line.ItemRef": item, "Line.AccountRef": account}
    found = broken(load_suite(EXPECTATIONS / f"{target}.yaml"), [GOOD[target] | unlike(target, 1), document])
    assert [(index, rule.column) for index, rule, _ in found] == [(1, column) for column in told]


@pytest.mark.parametrize("kind", ["invoice", "subcontractor_invoice", "expense", "payroll"])
def test_a_cost_that_is_no_invoice_needs_no_vendor(kind):
    cost = GOOD["procore.direct_costs"] | {"direct_cost_type": kind, "vendor_id": None}
    found = broken(load_suite(EXPECTATIONS / "procore.direct_costs.yaml"), [cost])
    assert [rule.column for _, rule, _ in found] == (["vendor_id"] if kind.endswith("invoice") else [])


def test_a_good_document_of_every_target_is_tried():
    assert {file.stem for file in EXPECTATIONS.glob("*.yaml")} == set(GOOD)
