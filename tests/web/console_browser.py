"""The console in Chromium: pages that are opened with every trouble noticed, and keys that are pressed."""

from __future__ import annotations

from pathlib import Path
from typing import Any

PHONE = {"width": 360, "height": 740}
AXE = (Path(__file__).parent / "vendor/axe.min.js").read_text(encoding="utf-8")
DESKTOP = {"width": 1200, "height": 900}


class Visitor:
    """Opens pages; `troubles` holds any error in the console, any dialog, and any request to another host."""

    def __init__(self, browser: Any, desk: Any) -> None:
        self._browser, self._desk = browser, desk
        self.troubles: list[str] = []
        self._contexts: list[Any] = []

    def __call__(self, url, *, phone=False, scheme="light", signed_in=False, **options):
        """Open a page in a browser of its own, signed in as the first operator when asked for."""
        size = PHONE if phone else DESKTOP
        context = self._browser.new_context(viewport=size, color_scheme=scheme, has_touch=phone, **options)
        self._contexts.append(context)
        if signed_in:
            token = self._desk.sign_in().cookies["opsflows_session"]
            context.add_cookies([{"name": "opsflows_session", "value": token, "url": self._desk.url}])
        page = context.new_page()
        page.on("console", lambda message: self.troubles.append(message.text) if message.type == "error" else None)
        page.on("pageerror", lambda error: self.troubles.append(str(error)))
        page.on("dialog", lambda dialog: self.troubles.append(f"dialog {dialog.message}") or dialog.dismiss())
        page.on(
            "request", lambda asked: None if asked.url.startswith(self._desk.url) else self.troubles.append(asked.url)
        )
        page.goto(url)
        return page

    def close(self) -> None:
        """Close what was opened."""
        for context in self._contexts:
            context.close()


def focused(page):
    """Id, else name and value, of what has the focus."""
    return page.evaluate(
        "() => { const a = document.activeElement; return a.id || a.value || a.className || a.tagName }"
    )


def tab_to(page, wanted, most=40):
    """Press Tab until something has the focus; returns what had it on the way."""
    passed = []
    for _ in range(most):
        page.keyboard.press("Tab")
        passed.append(focused(page))
        if passed[-1] == wanted:
            return passed
    raise AssertionError(f"{wanted} was not reached: {passed}")


def findings(page):
    """What axe finds that keeps somebody out: serious and critical ones, with where they are."""
    # By the browser's own tools, which the page's policy does not bind.
    page.evaluate(AXE)
    found = page.evaluate("() => axe.run(document, {resultTypes: ['violations']})")
    return [
        (one["id"], one["impact"], [node["target"] for node in one["nodes"]][:3])
        for one in found["violations"]
        if one["impact"] in ("serious", "critical")
    ]
