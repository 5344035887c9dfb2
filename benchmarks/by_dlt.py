"""The same documents by dlt's rest_api source, in a virtual environment of its own.

python -m benchmarks.by_dlt VENDOR_URL DATABASE_URL DOCUMENTS    prints a line of JSON
"""

from __future__ import annotations

import json
import sys
import tempfile
from typing import Any
from urllib.parse import parse_qs, quote, urlsplit

import dlt
import requests
from dlt.sources.rest_api import rest_api_source

from benchmarks.meter import Waited, taken


def credentials(database: str) -> str:
    """SQLAlchemy's address of a database on a socket, as libpq has it."""
    parts = urlsplit(database)
    [folder] = parse_qs(parts.query)["host"]
    return f"postgresql://postgres:none@{quote(folder, safe='')}:5432{parts.path}"


def source(vendor: str, waited: Waited) -> Any:
    """Both lists of documents, with the tables below them."""
    session = requests.Session()
    session.mount("http://", waited)
    pages = {"type": "page_number", "base_page": 1, "total_path": "pagination.pageCount"}
    resources = [
        {"name": name.lower(), "endpoint": {"path": f"api.xro/2.0/{name}", "data_selector": name}}
        for name in ("Invoices", "BankTransactions")
    ]
    client = {"base_url": vendor, "paginator": pages, "session": session}
    return rest_api_source({"client": client, "resources": resources})


def carry(vendor: str, database: str, waited: Waited) -> None:
    """Extracts, normalizes and loads."""
    with tempfile.TemporaryDirectory() as folder:
        destination = dlt.destinations.postgres(credentials(database))
        pipeline = dlt.pipeline("bench", pipelines_dir=folder, destination=destination, dataset_name="by_dlt")
        pipeline.run(source(vendor, waited)).raise_on_failed_jobs()


if __name__ == "__main__":
    adapter = Waited()
    cost = taken("dlt rest_api", adapter, lambda: carry(sys.argv[1], sys.argv[2], adapter))
    print(json.dumps(vars(cost)))
