"""What a person may do, whichever door it comes through: a page inside Airflow, or a shell."""
