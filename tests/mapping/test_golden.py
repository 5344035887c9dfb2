"""Golden files: for each mapping file some records, and the documents they become.

Run as a program, it writes `expected.json` afresh; read the difference before it is kept.
"""

from pathlib import Path
from typing import Any

import msgspec
import pytest

from jobledger.mapping.context import Context
from jobledger.mapping.document import compile_flow, document_of
from jobledger.mapping.flow import load_flow

ROOT = Path(__file__).parents[2]
GOLDEN = ROOT / "tests" / "golden"
MAPPINGS = ROOT / "include" / "mappings" / "xero"
ENCODE = msgspec.json.Encoder(decimal_format="number").encode
FLOWS = sorted(file.stem for file in MAPPINGS.glob("*.yaml"))


def documents(name: str) -> list[dict[str, Any]]:
    flow = load_flow(MAPPINGS / f"{name}.yaml")
    compiled = compile_flow(flow, f"{name}.yaml")
    given = _read(GOLDEN / name / "input.json")
    made = [compiled(Context(record=record, settings=given["settings"])) for record in given["records"]]
    return [{"document": document_of(one.fields, one.lines, flow), "notes": one.notes} for one in made]


@pytest.mark.feature("XER-111", "XER-112", "XER-115", "XER-117", "XER-118", "XER-119", "XER-120")
@pytest.mark.parametrize("name", FLOWS)
def test_records_become_the_documents_that_were_agreed(name):
    assert _plain(documents(name)) == _read(GOLDEN / name / "expected.json")


def _plain(value: Any) -> Any:
    return msgspec.json.decode(ENCODE(value))


def _read(file: Path) -> Any:
    return msgspec.json.decode(file.read_bytes())


if __name__ == "__main__":
    for flow_name in FLOWS:
        text = msgspec.json.format(ENCODE(documents(flow_name)), indent=2)
        (GOLDEN / flow_name / "expected.json").write_bytes(text + b"\n")
