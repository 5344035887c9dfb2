"""What mapping costs: microseconds a record for companies.yaml, and for a fingerprint and a comparison on top.

python benchmarks/mapping.py [records]
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from time import process_time
from typing import Any

from jobledger.mapping.compare import compare, owners_of
from jobledger.mapping.context import Context
from jobledger.mapping.document import compile_flow, document_of, fingerprint
from jobledger.mapping.flow import load_flow

FILE = Path(__file__).parents[1] / "include" / "mappings" / "xero" / "companies.yaml"
OWNERS = {"name": "procore", "address": "procore", "phone": "procore", "fax": "procore"}
SETTINGS = {"companies": {"owners": OWNERS, "export": "all"}}


def vendors(count: int) -> list[dict[str, Any]]:
    """Procore vendors with every field filled."""
    return [
        {
            "id": index,
            "name": f"Peña & Sons Concrete {index}, LLC",
            "address": f"{index} Brighton Blvd",
            "city": "Denver",
            "state_code": "CO",
            "zip": "80216",
            "country_code": "US",
            "business_phone": "(303) 555-0142",
            "fax_number": "(303) 555-0143",
        }
        for index in range(count)
    ]


def timed(label: str, work: Callable[[], list[Any]]) -> list[Any]:
    """Prints what a record costs, best of three, and hands on the results."""
    best, results = float("inf"), []
    for _ in range(3):
        started = process_time()
        results = work()
        best = min(best, process_time() - started)
    print(f"{label:24} {best / len(results) * 1e6:6.1f} µs a record")
    return results


def main(count: int) -> None:
    """Maps, fingerprints, compares and nests the same records."""
    flow = load_flow(FILE)
    compiled, owners = compile_flow(flow, FILE.name), owners_of(flow, SETTINGS)
    records = vendors(count)
    mapped = timed("map", lambda: [compiled(Context(record=record, settings=SETTINGS)) for record in records])
    timed("fingerprint", lambda: [fingerprint(one.fields, one.lines) for one in mapped])
    timed(
        "compare, nothing new",
        lambda: [compare(m.fields, m.fields, m.fields, m.fields, owners, "procore") for m in mapped],
    )
    timed("document", lambda: [document_of(one.fields, one.lines, flow) for one in mapped])


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 100_000)
