"""Looking for garbage less often while records go by: they are freed without it, and it looks at all that is loaded."""

from __future__ import annotations

import gc
from collections.abc import Callable
from functools import wraps
from typing import ParamSpec, TypeVar

P = ParamSpec("P")
R = TypeVar("R")

SELDOM = (5_000, 5, 5)
"""Python's own thresholds are 700, 10, 10. Statements are garbage of this kind, and each holds the ids it asked for."""


def seldom_collected(step: Callable[P, R]) -> Callable[P, R]:
    """A step during which what is loaded already is never looked through, and the rest seldom."""

    @wraps(step)
    def run(*args: P.args, **more: P.kwargs) -> R:
        before = gc.get_threshold()
        gc.freeze()
        gc.set_threshold(*SELDOM)
        try:
            return step(*args, **more)
        finally:
            gc.set_threshold(*before)
            gc.unfreeze()

    return run
