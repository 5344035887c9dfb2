"""The same documents by a plain script of requests and pandas: pages into data frames, data frames into PostgreSQL.

python -m benchmarks.plain VENDOR_URL DATABASE_URL DOCUMENTS    prints a line of JSON
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from typing import Any

import pandas
import requests
import sqlalchemy as sa

from benchmarks.meter import Waited, taken

LISTS = {"Invoices": "InvoiceID", "BankTransactions": "BankTransactionID"}


def pages(session: requests.Session, vendor: str, name: str) -> Iterator[list[dict[str, Any]]]:
    """The pages of a list."""
    number, last = 1, 1
    while number <= last:
        answer = session.get(f"{vendor}/api.xro/2.0/{name}", params={"page": number, "pageSize": 1000}).json()
        last = answer["pagination"]["pageCount"]
        number += 1
        yield answer[name]


def carry(vendor: str, database: str, waited: Waited) -> None:
    """Documents and their lines, a page at a time."""
    engine, session = sa.create_engine(database.replace("+psycopg:", "+psycopg2:")), requests.Session()
    session.trust_env = False
    session.mount("http://", waited)
    for name, key in LISTS.items():
        for rows in pages(session, vendor, name):
            documents = pandas.json_normalize(rows).drop(columns="LineItems")
            lines = pandas.json_normalize(rows, "LineItems", [key]).drop(columns="Tracking")
            lists = [column for column in documents if documents[column].map(type).eq(list).any()]
            for table, frame in ((name.lower(), documents.drop(columns=lists)), (f"{name.lower()}_lines", lines)):
                frame.to_sql(table, engine, if_exists="append", index=False, chunksize=1000)


if __name__ == "__main__":
    adapter = Waited()
    cost = taken("requests + pandas", adapter, lambda: carry(sys.argv[1], sys.argv[2], adapter))
    print(json.dumps(vars(cost)))
