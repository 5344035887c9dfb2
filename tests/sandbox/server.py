"""A sandbox behind a real socket, in a thread of its own."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

from sandbox import asgi
from sandbox.app import Sandbox


@contextmanager
def serving(sandbox: Sandbox) -> Iterator[str]:
    """Yields the address at which the sandbox is served."""
    server = asgi.server(sandbox)
    with asgi.listen() as socket:
        thread = threading.Thread(target=server.run, kwargs={"sockets": [socket]}, daemon=True)
        thread.start()
        while not server.started:
            time.sleep(0.005)
        try:
            yield f"http://127.0.0.1:{socket.getsockname()[1]}"
        finally:
            server.should_exit = True
            thread.join(10)
