"""A real browser: Debian's chromium, without a window."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, sync_playwright

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
RULES = {"runOnly": {"type": "tag", "values": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]}}

needs_chromium = pytest.mark.skipif(CHROMIUM is None, reason="chromium is not installed: `apt-get install chromium`")


@contextmanager
def browsing() -> Iterator[Browser]:
    """The browser, closed at the end."""
    with sync_playwright() as playwright:
        # as root, as in a container, chromium has no sandbox of its own
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox", "--disable-gpu"])
        yield browser
        browser.close()


def violations(page: Page, only: str = "") -> list[str]:
    """What of WCAG 2.2 AA a page breaks, or of one rule of it, each with the element; axe tells."""
    asked = {"runOnly": [only]} if only else RULES
    found = Axe().run(page, options=asked).response["violations"]
    return [f"{one['id']}: {node['html'][:200]}" for one in found for node in one["nodes"]]
