"""The pages inside Airflow: what an accountant sees and does without a terminal."""
