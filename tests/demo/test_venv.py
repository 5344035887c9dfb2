"""A half-made environment is told from a whole one, and pip's settings reach uv."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from demo import venv


@pytest.fixture
def root(tmp_path: Path) -> Path:
    for name in venv.INPUTS:
        (tmp_path / name).write_text("something")
    return tmp_path


@pytest.fixture
def folder(root: Path) -> Path:
    """A complete environment."""
    folder = root / ".venv"
    (folder / "bin").mkdir(parents=True)
    (folder / "bin" / "python").symlink_to(sys.executable)
    (folder / ".complete").write_text(venv.fingerprint(root))
    return folder


def test_a_complete_environment_is_left_alone(root: Path, folder: Path) -> None:
    venv.make(root, folder)  # would fail: there is no requirement to install
    assert venv.is_complete(folder, venv.fingerprint(root))


def test_without_its_stamp_it_is_half_made(root: Path, folder: Path) -> None:
    (folder / ".complete").unlink()
    assert not venv.is_usable(folder)


def test_without_its_interpreter_it_is_half_made(folder: Path) -> None:
    (folder / "bin" / "python").unlink()
    (folder / "bin" / "python").symlink_to("/gone/python3")
    assert not venv.is_usable(folder)


def test_a_changed_pin_makes_it_incomplete_but_usable(root: Path, folder: Path) -> None:
    (root / "requirements.txt").write_text("something else")
    assert not venv.is_complete(folder, venv.fingerprint(root))
    assert venv.is_usable(folder)


def test_a_failed_installation_leaves_no_stamp(root: Path, folder: Path) -> None:
    (root / "requirements.txt").write_text("uv==0 ; this is no requirement")
    with pytest.raises(subprocess.CalledProcessError):
        venv.make(root, folder)
    assert not venv.is_usable(folder)


def test_pip_settings_become_uv_settings_and_the_environment_wins_over_files() -> None:
    listed = ":env:.index-url='https://a/simple'\nglobal.index-url='https://b/simple'\n"
    listed += "global.extra-index-url='file:///c file:///d'\nglobal.find-links='/e\\n/f'\nuser.color='on'\n"
    assert venv.uv_settings(listed, {}) == {
        "UV_INDEX_STRATEGY": "unsafe-best-match",
        "UV_DEFAULT_INDEX": "https://a/simple",
        "UV_INDEX": "file:///c file:///d",
        "UV_FIND_LINKS": "/e,/f",
    }


def test_what_was_said_to_uv_itself_is_kept() -> None:
    listed = "global.index-url='https://a/simple'\n"
    assert venv.uv_settings(listed, {"UV_DEFAULT_INDEX": "https://mine"})["UV_DEFAULT_INDEX"] == "https://mine"


def test_an_unsupported_python_is_refused_in_plain_words(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "version_info", (3, 10, 1))
    assert venv.main() == 1
    assert "Jobledger needs Python 3.11, 3.12 or 3.13" in capsys.readouterr().err


def test_make_says_so_too_when_no_python_fits() -> None:
    root = Path(venv.__file__).parent.parent
    made = subprocess.run(
        ["make", "-n", "--no-print-directory", "venv", "PYTHON="],
        cwd=root,
        env=os.environ,
        capture_output=True,
        text=True,
        check=True,
    )
    assert made.stdout == "python3 demo/venv.py\n"
