"""The shipped mapping files, expectations and schemas: they load, name known paths, and agree with each other."""

import json
import re
import subprocess
import sys
from pathlib import Path
from typing import get_args

import jsonschema
import pytest
import yaml

from jobledger.errors import FixTheSetup
from jobledger.mapping.compare import LINES, owners_of
from jobledger.mapping.document import check_flow
from jobledger.mapping.flow import WITHIN, load_flow
from jobledger.mapping.suite import load_suite, suite_for
from jobledger.schemas import schema_texts, write_schemas
from jobledger.settings import Accounting
from tests.features import read_features
from tests.mapping.shipped import FLOWS, INCLUDE, SYSTEMS, entity_of, settings_of, shown

ROOT = Path(__file__).parents[2]
SUITES = sorted((INCLUDE / "expectations").glob("*.yaml"))
MAPPING_FILES = sorted(INCLUDE.glob("mappings/*/*.yaml"))
KNOWN = {feature.id for feature in read_features()}
WRITING = [key for key, flow in FLOWS.items() if flow.links_only is None]
"""The flows by which something is made in the target."""

CODE_AND_AMOUNT = {
    "xero": ("ItemCode", "UnitAmount"),
    "quickbooks_online": ("AccountRef", "Amount"),
    "quickbooks_online.invoices": ("ItemRef", "Amount"),
    "procore": ("budget_code", "amount"),
}
"""By system or target: the field of a line that says what it is booked on (else on an item), and its amount."""

MAY_BE_EMPTY = {
    "procore.direct_costs": {"invoice_number"},
    "quickbooks_online.bills.expenses": {"DocNumber"},
    "quickbooks_online.time_activities": {"Description"},
}
"""By suite: fields of the natural key that may be empty: a receipt has no number, time may have no type."""


def settings_paths(value, path="settings"):
    if not isinstance(value, dict) or not value:
        return {path}
    return set().union(*(settings_paths(below, f"{path}.{name}") for name, below in value.items()))


@pytest.mark.parametrize("key", FLOWS, ids=shown)
def test_every_path_of_a_mapping_file_is_known(key):
    flow, settings = FLOWS[key], settings_of(key[0])
    known = entity_of(flow.source).paths | settings_paths(settings)
    check_flow(flow, known, entity_of(flow.target).paths, f"{shown(key)}.yaml")
    assert set(owners_of(flow, settings)) == {*flow.fields, *([LINES] if flow.lines else [])}


def test_every_system_of_an_integration_file_has_mapping_files():
    assert set(SYSTEMS) - {WITHIN} == set(get_args(Accounting.model_fields["system"].annotation))


@pytest.mark.parametrize("key", FLOWS, ids=shown)
def test_a_flow_is_between_procore_and_the_system_of_its_folder(key):
    assert {FLOWS[key].source_system, FLOWS[key].target_system} == {"procore", key[0]}


@pytest.mark.parametrize("key", [key for key, flow in FLOWS.items() if flow.twin], ids=shown)
def test_twins_carry_one_kind_between_the_same_entities_with_the_same_owners(key):
    flow, twin = FLOWS[key], FLOWS[key[0], FLOWS[key].twin]
    assert (twin.twin, twin.kind, twin.source, twin.target) == (flow.name, flow.kind, flow.target, flow.source)
    owners = ({rule.owner for rule in one.fields.values()} - {"create_only"} for one in (flow, twin))
    assert len(set(map(frozenset, owners))) == 1


@pytest.mark.parametrize("file", MAPPING_FILES, ids=lambda file: shown((file.parent.name, file.stem)))
def test_every_field_names_the_feature_or_rule_behind_it(file):
    text, flow = file.read_text(), FLOWS[file.parent.name, file.stem]
    fields = fields_of(yaml.compose(text))
    assert len(fields) == len(flow.fields) + sum(len(rules.fields) for rules in flow.lines)
    lines = [text.splitlines()[field.start_mark.line] for field in fields]
    assert [line for line in lines if not set(re.findall(r"[A-Z-]+-\d+", line.partition("# ")[2])) & KNOWN] == []


def fields_of(node):
    """The keys under `fields`, in the header and in each list of lines."""
    if not isinstance(node, yaml.MappingNode):
        return [key for below in node.value for key in fields_of(below)]
    blocks = {key.value: value for key, value in node.value}
    of_lines = fields_of(blocks["lines"]) if "lines" in blocks else []
    return [key for key, _ in blocks["fields"].value] + of_lines


@pytest.mark.parametrize("file", SUITES, ids=lambda file: file.stem)
def test_an_expectations_file_is_about_the_fields_that_its_flows_write(file):
    suite = load_suite(file)
    written = {system: written_to(suite, system) for system in SYSTEMS}
    assert any(written.values())
    assert [system for system, paths in written.items() if paths and not columns_of(suite) <= paths] == []
    assert {rule.meta.feature for rule in suite.rules} <= KNOWN


def columns_of(suite):
    return {column for rule in suite.rules for column in rule.columns}


def written_to(suite, system):
    """What the flows of a system write that a suite is for."""
    mine = [flow for key, flow in FLOWS.items() if key[0] == system]
    flows = [flow for flow in mine if suite_of(flow) == suite]
    return {path for flow in flows for path in (*flow.fields, *(f"{flow.lines_to}.{of}" for of in flow.line_paths))}


def test_every_flow_has_its_expectations_and_each_file_its_flow():
    assert [key for key in WRITING if suite_of(FLOWS[key]) is None] == []
    assert {suite_of(FLOWS[key]).target for key in WRITING} == {file.stem for file in SUITES}


def suite_of(flow):
    return suite_for(INCLUDE / "expectations", flow)


def columns(flow, kind):
    rules = suite_of(flow).rules
    return {rule.column for rule in rules if rule.type == f"expect_column_values_to_{kind}"}


@pytest.mark.parametrize("key", WRITING, ids=shown)
def test_the_natural_key_is_required(key):
    flow = FLOWS[key]
    optional = MAY_BE_EMPTY.get(suite_of(flow).target, set())
    assert set(flow.natural_key) - optional <= columns(flow, "not_be_null")


@pytest.mark.parametrize("key", WRITING, ids=shown)
def test_what_the_target_takes_only_once_is_unique_in_a_batch(key):
    flow = FLOWS[key]
    once = flow.natural_key if len(flow.natural_key) == 1 else ()
    once += ("origin_id",) if "origin_id" in flow.fields else ()
    assert set(once) <= columns(flow, "be_unique")


@pytest.mark.parametrize("key", [key for key, flow in FLOWS.items() if flow.lines], ids=shown)
def test_a_line_needs_a_code_and_an_amount_that_fits(key):
    flow = FLOWS[key]
    code, amount = CODE_AND_AMOUNT.get(flow.target) or CODE_AND_AMOUNT[flow.target_system]
    assert f"{flow.lines_to}.{code}" in columns(flow, "not_be_null")
    assert f"{flow.lines_to}.{amount}" in columns(flow, "be_between")


BETWEEN = {"type": "expect_column_values_to_be_between", "meta": {"because": "a", "remedy": "b"}}


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"target": "xero.contact"}, "Write 'xero.contacts'"),
        ({"expectations": [{"type": "expect_column_sum", "kwargs": {}, "meta": {}}]}, "expectations.0.type"),
        (
            {"expectations": [BETWEEN | {"kwargs": {"column": "Name", "min_value": 0.01}}]},
            "min_value must be a whole number",
        ),
        ({"stop_when_bad": 2}, "stop_when_bad"),
        ({"expectation": []}, "expectation is not a known setting"),
    ],
)
def test_a_wrong_expectations_file_names_itself_and_the_place(tmp_path, change, said):
    file = tmp_path / "xero.contacts.yaml"
    content = yaml.safe_load((INCLUDE / "expectations" / "xero.contacts.yaml").read_text())
    file.write_text(yaml.safe_dump(content | change))
    with pytest.raises(FixTheSetup) as caught:
        load_suite(file)
    assert said in str(caught.value)
    assert str(file) in str(caught.value)


def test_the_shipped_schemas_are_those_of_the_models(tmp_path):
    write_schemas(tmp_path)
    for name in schema_texts():
        assert (INCLUDE / "schemas" / name).read_text() == (tmp_path / name).read_text(), (
            "run: python -m jobledger.schemas include/schemas"
        )


@pytest.mark.parametrize("file", [*MAPPING_FILES, *SUITES], ids=lambda file: shown((file.parent.name, file.stem)))
def test_an_editor_finds_the_schema_of_a_file_and_the_file_keeps_to_it(file):
    first, content = file.read_text().split("\n", 1)
    schema = file.parent / first.removeprefix("# yaml-language-server: $schema=")
    jsonschema.validate(yaml.safe_load(content), json.loads(schema.resolve().read_text()))


def test_an_editor_marks_a_misspelt_key():
    schema = json.loads((INCLUDE / "schemas" / "mapping.schema.json").read_text())
    content = yaml.safe_load((INCLUDE / "mappings" / "xero" / "projects.yaml").read_text())
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(content | {"natural_keys": ["Name"]}, schema)


def test_a_file_must_be_called_as_its_flow(tmp_path):
    file = tmp_path / "jobs.yaml"
    file.write_text((INCLUDE / "mappings" / "xero" / "projects.yaml").read_text())
    with pytest.raises(FixTheSetup, match="Write 'jobs'"):
        load_flow(file)


def test_the_mapping_package_brings_nothing_in_but_its_few_libraries():
    modules = [f"jobledger.mapping.{file.stem}" for file in (ROOT / "plugins/jobledger/mapping").glob("[a-z]*.py")]
    program = f"import sys, {', '.join(modules)}; print(*(name.partition('.')[0] for name in sys.modules))"
    loaded = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True, cwd=ROOT / "plugins"
    ).stdout.split()
    assert not {"airflow", "requests", "httpx", "sqlalchemy", "pandas", "great_expectations"} & set(loaded)
    own = subprocess.run(
        [sys.executable, "-c", program.replace(".partition('.')[0]", "")],
        capture_output=True,
        text=True,
        check=True,
        cwd=ROOT / "plugins",
    ).stdout.split()
    others = {name for name in own if name.startswith("jobledger.") and not name.startswith("jobledger.mapping")}
    assert others == {"jobledger.errors"}
