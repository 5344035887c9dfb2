"""Mapping: pure functions from a source record to a target document. No input or output, no Airflow."""
