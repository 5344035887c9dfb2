"""Staging: folders and buckets alike, numbers to the last digit."""

from __future__ import annotations

import uuid
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from airflow.sdk import ObjectStoragePath
from hypothesis import given
from hypothesis import strategies as st
from upath import UPath

from jobledger.commands.prune import STAGED, _prune_staging
from jobledger.pipeline.staging import Staging, chunks

AMOUNTS = st.decimals(allow_nan=False, allow_infinity=False, places=6)
ROWS = st.lists(
    st.fixed_dictionaries({"name": st.text(), "amount": AMOUNTS, "count": st.integers(-(2**63), 2**63 - 1)})
)


@pytest.fixture(params=["folder", "bucket"])
def root(request: pytest.FixtureRequest, tmp_path: Path) -> Any:
    if request.param == "folder":
        return ObjectStoragePath(tmp_path.as_uri())
    return UPath(f"memory://staging-{uuid.uuid4().hex}")


def test_what_is_staged_is_read_again_in_a_folder_and_in_a_bucket(root: Any) -> None:
    staging = Staging(root, "acme_xero", "manual__2026-11-20T02:00:00+00:00", "companies")
    rows = [{"name": "Núñez & Sons\n", "amount": Decimal("12345678901234567890.10"), "none": None}]
    staged = staging.write("extract", rows)
    assert staged["rows"] == 1
    assert list(Staging(root, "acme_xero", "manual__2026-11-20T02:00:00+00:00", "companies").read(staged)) == rows


def test_a_second_try_replaces_the_rows_of_the_first(root: Any) -> None:
    staging = Staging(root, "acme_xero", "run", "companies")
    staging.write("extract", [{"id": number} for number in range(10)])
    assert [row["id"] for row in staging.read(staging.write("extract", [{"id": 11}]))] == [11]


def test_runs_of_last_month_are_pruned_and_today_s_stay(root: Any) -> None:
    staging = Staging(root, "acme_xero", "run", "companies")
    staged = staging.write("extract", [{"id": 1}])
    assert _prune_staging(root, datetime.now(UTC)) == 0
    assert list(staging.read(staged))
    assert _prune_staging(root, datetime.now(UTC) + STAGED + timedelta(hours=1)) == 1
    with pytest.raises(FileNotFoundError):
        list(staging.read(staged))


def test_a_bucket_of_amazon_s_kind_has_its_file_system() -> None:
    assert type(ObjectStoragePath("s3://jobledger/staging").fs).__name__ == "S3FileSystem"


@given(rows=ROWS)
def test_no_digit_is_lost(tmp_path_factory: pytest.TempPathFactory, rows: list[dict[str, Any]]) -> None:
    staging = Staging(tmp_path_factory.mktemp("staging"), "i", "r", "f")
    read = list(staging.read(staging.write("map", rows)))
    assert [(one["name"], Decimal(str(one["amount"])), one["count"]) for one in read] == [
        (one["name"], one["amount"], one["count"]) for one in rows
    ]


@given(rows=st.lists(st.integers()), size=st.integers(1, 7))
def test_chunks_hold_every_row_once_and_in_order(rows: list[int], size: int) -> None:
    made = list(chunks(rows, size))
    assert [one for chunk in made for one in chunk] == rows
    assert all(0 < len(chunk) <= size for chunk in made)
