"""`python -m demo.watchdog FOLDER`: ends the demo in FOLDER when the process that started it is gone.

It waits for the end of its standard input, which the system closes even when that process was killed.
"""

from __future__ import annotations

import signal
import sys
from pathlib import Path

from demo.processes import sweep

if __name__ == "__main__":
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)
    sys.stdin.read()
    sweep(Path(sys.argv[1]))
