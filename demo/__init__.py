"""The demo: Jobledger, Airflow and the sandbox on one machine, under one command."""
