"""An integration file is wrong. Its stages are missing until it is mended; all other integrations go on."""

from jobledger.stages import wrong_file_dags

wrong_file_dags(doc=__doc__)
