"""Jobledger keeps Procore and the books in step: an Apache Airflow provider and plugin."""

__version__ = "0.1.0"
