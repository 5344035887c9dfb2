"""An integration file is wrong, so its stages are missing in Airflow until it is mended.

All other integrations go on. The error below names the file, the path in it, what was found and what is allowed.
"""

from jobledger.stages import wrong_file_dags

wrong_file_dags(doc=__doc__)
