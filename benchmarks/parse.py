"""What parsing costs: seconds for each file in `dags/`, as the DAG processor parses it, by number of integrations.

python benchmarks/parse.py [integrations]
"""

from __future__ import annotations

import os
import shutil
import sys
import tempfile
from pathlib import Path
from time import process_time

ROOT = Path(__file__).parents[1]
sys.path[:0] = [str(ROOT), str(ROOT / "plugins")]


def set_up(folder: Path, integrations: int) -> None:
    """An Airflow home, and so many copies of the demo's integration, each with an organisation of its own."""
    from demo.environment import Place, process_environment, variables
    from demo.ports import Ports

    os.environ.update(process_environment(variables(Place(folder), Ports())))
    include = folder / "include"
    shutil.copytree(ROOT / "include", include)
    os.environ.update(AIRFLOW__JOBLEDGER__INCLUDE=str(include), AIRFLOW__LOGGING__LOGGING_LEVEL="ERROR")
    demo = include / "integrations" / "demo_xero.yaml"
    text = demo.read_text()
    demo.unlink()
    for number in range(integrations):
        demo.with_name(f"company_{number:03}.yaml").write_text(text.replace("7f1c0c3e", f"{number:08x}"))


def main(integrations: int) -> None:
    """Parses every DAG file in a child of a process that has imported Airflow, and prints what each one took."""
    with tempfile.TemporaryDirectory() as folder:
        set_up(Path(folder), integrations)
        from airflow.dag_processing.dagbag import DagBag

        for file in sorted((ROOT / "dags").glob("*.py")):
            child = os.fork()
            if not child:
                started = process_time()
                bag = DagBag(dag_folder=file)
                print(f"{file.name:32} {len(bag.dags):4} DAGs {process_time() - started:6.2f} s", flush=True)
                os._exit(0)
            os.waitpid(child, 0)


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 20)
