"""HTML from templates: every value is escaped, every text comes from the message catalogue."""

from __future__ import annotations

from functools import cache
from http import HTTPStatus
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final
from zoneinfo import ZoneInfo

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from starlette.responses import HTMLResponse

from console import assets
from kit import dates, i18n, settings

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

_TEMPLATES: Final = Path(__file__).parent / "templates"


def page(
    template: str, *, status: int = HTTPStatus.OK, headers: Mapping[str, str] | None = None, **values: Any
) -> HTMLResponse:
    """Render a template of `console/templates`."""
    text = _environment().get_template(template).render(lang=i18n.language(), **values)
    return HTMLResponse(text, status_code=status, headers=dict(headers or {}))


def problem(name: str, *, status: int, headers: Mapping[str, str] | None = None, **values: Any) -> HTMLResponse:
    """A page that says what is wrong and what to do: the texts `console.problem.<name>` and `….next`."""
    title = i18n.t(f"console.problem.{name}", **values)
    advice = i18n.t(f"console.problem.{name}.next", **values)
    return page("problem.html", status=status, headers=headers, title=title, advice=advice)


def moment(value: datetime | None) -> str:
    """A moment as people of the company write it, in their own zone; nothing for None."""
    if value is None:
        return ""
    local = value.astimezone(ZoneInfo(settings.get().timezone))
    return f"{dates.format_date(local.date())} {local:%H:%M}"


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=FileSystemLoader(_TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.globals.update(t=i18n.t, asset=assets.address)
    environment.filters["moment"] = moment
    return environment
