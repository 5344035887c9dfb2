"""The four steps of a flow: extract, map, validate, load. Each is a plain function that an Airflow task calls."""
