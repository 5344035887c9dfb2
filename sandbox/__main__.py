"""`python -m sandbox --port 9400`: all vendors on one port, until Ctrl-C or SIGTERM."""

from __future__ import annotations

import argparse
import signal
import sys
from pathlib import Path

from sandbox import asgi
from sandbox.app import Sandbox
from sandbox.control import quota_mode


def main(arguments: list[str] | None = None) -> int:
    """Serves a sandbox; returns the exit code."""
    options = _parser().parse_args(arguments)
    try:
        socket = asgi.listen(options.host, options.port)
    except OSError:
        print(f"Port {options.port} on {options.host} is in use or not allowed; choose another with --port.")
        return 1
    with socket:
        sandbox = _sandbox(options)
        print(f"The sandbox listens on http://{options.host}:{socket.getsockname()[1]}", flush=True)
        # uvicorn raises the signal again when it has stopped; stopping on request is no failure.
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, lambda *_: None)
        asgi.server(sandbox).run(sockets=[socket])
        sandbox.close()
    return 0


def _sandbox(options: argparse.Namespace) -> Sandbox:
    sandbox = Sandbox(options.state, options.seed)
    if sandbox.is_new:
        sandbox.reset(options.dataset, options.scale, options.seed)
        sandbox.world.tables.commit()
    for vendor in sandbox.vendors.values():
        vendor.quota.set_mode(options.quotas)
    return sandbox


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m sandbox", description="Stand-ins of the vendors' APIs on one port."
    )
    parser.add_argument("--port", type=int, default=9400)
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--state", type=Path, help="SQLite file that keeps the records; a filled one is gone on with")
    parser.add_argument("--dataset", default="demo", choices=["demo", "empty", "adopt"])
    parser.add_argument("--scale", type=int, default=1, help="multiplies the dataset")
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--quotas", type=quota_mode, default="real", help="real, off, or a multiple of the real ones")
    return parser


if __name__ == "__main__":
    sys.exit(main())
