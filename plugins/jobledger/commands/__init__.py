"""What the commands of `airflow jobledger` do: a module for each, functions that take the parsed arguments."""
