"""A demo's Airflow sees the project's files as they are now, and no other demo's integration."""

from __future__ import annotations

from pathlib import Path

import pytest

from demo import include
from demo.environment import INCLUDE, ROOT, Place, UnknownSystem, place_of, variables
from demo.ports import Ports
from demo.run import AFTERWARDS, BOOKKEEPERS, hints, stages
from jobledger.integration import load_integrations

SYSTEMS = ("pex", "quickbooks_online", "xero")


@pytest.fixture(params=SYSTEMS)
def place(request: pytest.FixtureRequest, tmp_path: Path) -> Place:
    """The folder of one system's demo."""
    return Place(tmp_path, system=request.param)


def test_it_has_all_folders_and_of_the_demos_only_its_own(place: Place) -> None:
    include.link(place)
    assert {one.name for one in place.include.iterdir()} == {one.name for one in INCLUDE.iterdir()}
    names = {one.name for one in load_integrations(place.include / "integrations")}
    assert {name for name in names if name.startswith("demo_")} == {place.integration}
    assert names - {place.integration} == {
        one.stem for one in (INCLUDE / "integrations").glob("*.yaml") if not one.stem.startswith("demo_")
    }
    assert Path(variables(place, Ports())["AIRFLOW__JOBLEDGER__INCLUDE"]) == place.include


def test_an_edit_counts_and_a_file_that_is_gone_leaves_the_folder(
    place: Place, tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    project = tmp_path_factory.mktemp("project") / "include"
    (project / "integrations").mkdir(parents=True)
    file = project / "integrations" / "acme.yaml"
    file.write_text("live: false")
    monkeypatch.setattr(include, "INCLUDE", project)
    include.link(place)
    file.write_text("live: true")
    seen = place.include / "integrations" / "acme.yaml"
    assert seen.read_text() == "live: true"
    file.rename(file.with_name("acme_west.yaml"))
    include.link(place)
    assert [one.name for one in seen.parent.iterdir()] == ["acme_west.yaml"]


def test_each_demo_is_of_one_system_in_a_folder_of_its_own_with_a_bookkeeper() -> None:
    places = [place_of([system]) for system in SYSTEMS]
    assert [one.folder for one in places] == [ROOT / ".demo" / system for system in SYSTEMS]
    assert len({one.database for one in places}) == len(BOOKKEEPERS) == len(SYSTEMS)
    assert place_of([]) == place_of(["xero"]) == Place()


def test_a_system_without_a_demo_is_refused_with_those_that_there_are() -> None:
    with pytest.raises(UnknownSystem, match="no demo for SYSTEM=sage; there are pex, quickbooks_online, xero"):
        place_of(["sage"])


def test_a_demo_runs_the_stages_of_its_integration_file(place: Place) -> None:
    include.link(place)
    assert stages(place)[0] == f"{place.integration}.vendors_and_projects"
    assert f"{place.integration}.{AFTERWARDS[place.system]}" in stages(place)


def test_a_demo_tells_how_to_look_further_into_its_own_data(place: Place) -> None:
    told = hints(place)
    assert f"airflow jobledger report tieout {place.integration} " in told
    assert (f"make up SYSTEM={place.system} " in told) == (place.system != "xero")
