"""The project's own tables in Airflow's metadata database, and every query on them."""
