"""`make bench`: what a record, a night, a stage and a page cost, in one run on one machine.

python -m benchmarks [SIZE ...]    sizes are numbers of documents
"""

from __future__ import annotations

import subprocess
import sys

from benchmarks import airflow_time, automap, costs, nights, pages

REQUIREMENTS = costs.ROOT / "benchmarks" / "requirements.txt"


def their_environment() -> None:
    """Makes the environment of dlt and matplotlib, unless it is there."""
    if costs.THEIR_PYTHON.exists():
        return
    uv = [sys.executable, "-m", "uv"]
    subprocess.run([*uv, "venv", "-q", "--python", sys.executable, costs.FOLDER / "venv"], check=True)
    install = [*uv, "pip", "install", "-q", "--python", costs.THEIR_PYTHON, "-r", REQUIREMENTS]
    subprocess.run(install, check=True)


def main(sizes: list[int]) -> None:
    """Prints all figures, and draws the picture."""
    their_environment()
    costs.main(sizes)
    print("\nCalls of a night, signing in left out")
    nights.main(list(nights.SYSTEMS), [1, 10])
    print("\nAirflow's own time")
    airflow_time.main()
    print("\nPages, with 100,000 links and outcomes and 5,000 waiting approvals")
    pages.main()
    print("\nAutomap on labelled names")
    automap.main()
    subprocess.run([costs.THEIR_PYTHON, "-m", "benchmarks.picture"], check=True, cwd=costs.ROOT)
    print("\nThe picture is in benchmarks/costs.png.")


if __name__ == "__main__":
    main([int(size) for size in sys.argv[1:]] or list(costs.SIZES))
