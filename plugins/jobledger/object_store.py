"""Buckets for staging: `s3://…` paths, on Amazon's store or any that speaks its language.

Credentials and endpoint come from the usual AWS_… variables (s3fs).
"""

from __future__ import annotations

from typing import Any

schemes = ["s3"]


def get_fs(conn_id: str | None, storage_options: dict[str, Any] | None = None) -> Any:
    """The file system of a bucket, as Airflow's object storage asks for it."""
    from s3fs import S3FileSystem

    return S3FileSystem(**(storage_options or {}))
