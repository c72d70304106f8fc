"""A real Chromium, French, which tells every error of its console and every host that it contacts."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, Page, sync_playwright

SIZE = {"width": 1360, "height": 900}


@contextmanager
def launched(*flags: str) -> Iterator[Browser]:
    """Skips the test where there is none. ``flags``: of Chromium's command line."""
    path = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
    with sync_playwright() as playwright:
        if path is None and not Path(playwright.chromium.executable_path).exists():
            pytest.skip("needs Chromium")
        # Root may not have its sandbox; nothing of Chromium's own is fetched.
        usual = ["--no-sandbox", "--disable-background-networking", "--disable-component-update"]
        browser = playwright.chromium.launch(executable_path=path, args=[*usual, *flags])
        yield browser
        browser.close()


@dataclass
class Watched:
    """A page, with what went wrong in it and whom it contacted."""

    page: Page
    errors: list[str] = field(default_factory=list)
    hosts: set[str] = field(default_factory=set)

    def watch(self) -> None:
        def console(message: object) -> None:
            if getattr(message, "type", "") == "error":
                self.errors.append(str(getattr(message, "text", "")))

        self.page.on("console", console)
        self.page.on("pageerror", lambda error: self.errors.append(str(error)))
        self.page.on("request", lambda request: self.hosts.add(urlsplit(request.url).hostname or ""))


def pictures(otherwise: Path) -> Path:
    """Where pictures go: ``$ARCHIPEL_SCREENSHOTS`` to renew those of the docs."""
    folder = Path(os.environ.get("ARCHIPEL_SCREENSHOTS") or otherwise)
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def shot(page: Page, folder: Path, name: str) -> None:
    page.screenshot(path=folder / f"{name}.png")
