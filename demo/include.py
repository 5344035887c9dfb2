"""The include folder of a demo: links to the project's files, without the integrations of the other demos.

Procore lets one integration at a time own its origin_ids, so an Airflow of one demo must not see another's.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from demo.environment import INCLUDE, Place


def link(place: Place) -> None:
    """Makes the folder or brings it up to date, also while an Airflow reads it; an edit of a file counts at once."""
    wanted = dict(_wanted(place))
    for stale in (one for one in place.include.rglob("*") if one.is_symlink() and one not in wanted):
        stale.unlink()
    for name, file in wanted.items():
        name.parent.mkdir(parents=True, exist_ok=True)
        if not name.is_symlink():
            name.symlink_to(file)


def _wanted(place: Place) -> Iterator[tuple[Path, Path]]:
    """Each link with what it leads to."""
    for one in INCLUDE.iterdir():
        if one.name != "integrations":
            yield place.include / one.name, one
    for file in (INCLUDE / "integrations").glob("*.yaml"):
        if file.stem == place.integration or not file.stem.startswith("demo_"):
            yield place.include / "integrations" / file.name, file
