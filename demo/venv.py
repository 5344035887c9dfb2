"""Makes `.venv` from `requirements.txt`, byte-compiled, with the project installed in editable mode.

It keeps the Python that it was made with; `make clean` makes way for another one.

Runs on the bare interpreter, so it uses the standard library only. A stamp file, written last, tells a complete
environment from a half-made one: without it the environment is removed and made again.
"""

from __future__ import annotations

import ast
import hashlib
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
SUPPORTED = ((3, 11), (3, 12), (3, 13))
INPUTS = ("requirements.txt", "pyproject.toml")
UV_OF_PIP = {
    "index-url": "UV_DEFAULT_INDEX",
    "extra-index-url": "UV_INDEX",
    "find-links": "UV_FIND_LINKS",
    "no-index": "UV_NO_INDEX",
    "trusted-host": "UV_INSECURE_HOST",
    "cert": "SSL_CERT_FILE",
    "timeout": "UV_HTTP_TIMEOUT",
    "default-timeout": "UV_HTTP_TIMEOUT",
    "proxy": "ALL_PROXY",
}


def main() -> int:
    """Brings `.venv` up to date and returns the exit code; says what it does on standard error."""
    if sys.version_info[:2] not in SUPPORTED:
        return _fail(f"Jobledger needs Python 3.11, 3.12 or 3.13; {sys.executable} is {sys.version.split()[0]}.")
    try:
        make(ROOT, ROOT / ".venv")
    except KeyboardInterrupt:
        return _fail("Stopped. The half-made .venv is removed and made again next time.")
    except (subprocess.CalledProcessError, OSError) as error:
        return _fail(f"The environment could not be made: {error}\nRun make again; it starts afresh.")
    return 0


def make(root: Path, folder: Path) -> None:
    """Makes the environment in `folder` or brings it up to date; does nothing when it is.

    Raises CalledProcessError when a step fails, in which case no stamp is left behind.
    """
    stamp, wanted = folder / ".complete", fingerprint(root)
    if is_complete(folder, wanted):
        return
    if not is_usable(folder):
        _create(folder)
    stamp.unlink(missing_ok=True)
    _install(root, folder)
    _compile(folder)
    stamp.write_text(wanted)


def fingerprint(root: Path) -> str:
    """What the environment depends on: the files that name its contents."""
    digest = hashlib.sha256()
    for name in INPUTS:
        digest.update((root / name).read_bytes())
    return digest.hexdigest()


def is_complete(folder: Path, wanted: str) -> bool:
    """Whether `folder` was made to the end, from the same inputs."""
    stamp = folder / ".complete"
    return stamp.exists() and stamp.read_text() == wanted and is_usable(folder)


def is_usable(folder: Path) -> bool:
    """Whether `folder` was once complete and its interpreter, of whichever supported version, still runs."""
    python = folder / "bin" / "python"
    if not (folder / ".complete").exists() or not python.exists():
        return False
    probe = f"import sys; sys.exit(sys.version_info[:2] not in {SUPPORTED})"
    return subprocess.run([python, "-c", probe], capture_output=True, check=False).returncode == 0


def uv_settings(pip_config: str, environment: Mapping[str, str]) -> dict[str, str]:
    """pip's settings, as `pip config list` prints them, as the environment variables of uv.

    uv reads none of pip's. What the environment already says to uv is left alone.
    """
    found = {}
    for line in sorted(pip_config.splitlines(), key=lambda line: line.startswith(":env:")):
        match = re.fullmatch(r"(?:global|install|:env:)\.([\w-]+)=(.+)", line)
        if match and match[1] in UV_OF_PIP:
            found[UV_OF_PIP[match[1]]] = ",".join(ast.literal_eval(match[2]).split())
    found = {name: value.replace(",", " ") if name in SPACED else value for name, value in found.items()}
    return {"UV_INDEX_STRATEGY": "unsafe-best-match"} | found | _only_uv(environment)


SPACED = {"UV_INDEX", "UV_INSECURE_HOST"}


def _only_uv(environment: Mapping[str, str]) -> dict[str, str]:
    return {name: value for name, value in environment.items() if name.startswith("UV_") or name == "SSL_CERT_FILE"}


def _create(folder: Path) -> None:
    _say(f"Making {folder.name} with Python {sys.version.split()[0]} …")
    shutil.rmtree(folder, ignore_errors=True)
    made = subprocess.run([sys.executable, "-m", "venv", folder], capture_output=True, text=True, check=False)
    if made.returncode == 0:
        return
    # Debian keeps ensurepip in a package of its own; a pip outside can do the same.
    shutil.rmtree(folder, ignore_errors=True)
    _run([sys.executable, "-m", "venv", "--without-pip", folder])
    _run([sys.executable, "-m", "pip", "--python", folder / "bin/python", "install", "-q", "pip"])


def _install(root: Path, folder: Path) -> None:
    python = folder / "bin" / "python"
    _say("Installing the pinned packages …")
    _run([python, "-m", "pip", "install", "-qq", "--disable-pip-version-check", _pinned_uv(root)])
    config = subprocess.run([python, "-m", "pip", "config", "list"], capture_output=True, text=True, check=False)
    environment = {**os.environ, **uv_settings(config.stdout, os.environ)}
    uv: list[str | Path] = [python, "-m", "uv", "pip", "install", "-q", "--python", python]
    steps: list[list[str | Path]] = [["-r", root / "requirements.txt"], ["--no-deps", "--editable", root]]
    for arguments in steps:
        if subprocess.run([*uv, *arguments], env=environment, check=False).returncode == 0:
            continue
        _say("uv could not; trying pip …")
        _run([python, "-m", "pip", "install", "-q", "--no-compile", "--disable-pip-version-check", *arguments])


def _pinned_uv(root: Path) -> str:
    lines = (root / "requirements.txt").read_text().splitlines()
    return next(line.split(";")[0].strip() for line in lines if line.startswith("uv=="))


def _compile(folder: Path) -> None:
    _say("Compiling them (Airflow starts twice as fast so) …")
    # Files that do not compile are templates or for other Pythons: never imported, no failure.
    command: list[str | Path] = [
        folder / "bin/python",
        "-m",
        "compileall",
        "-qq",
        "-j",
        "0",
        "-x",
        "/tests?/",
        folder / "lib",
    ]
    subprocess.run(command, env=_writing_bytecode(), stdout=subprocess.DEVNULL, check=False)


def _writing_bytecode() -> dict[str, str]:
    return {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}


def _run(command: Sequence[str | Path]) -> None:
    subprocess.run(command, check=True, stdout=sys.stderr, env=_writing_bytecode())


def _say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


def _fail(text: str) -> int:
    _say(text)
    return 1


if __name__ == "__main__":
    sys.exit(main())
