"""HTML from templates: every value is escaped, every text comes from the message catalogue."""

from __future__ import annotations

from functools import cache
from http import HTTPStatus
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup
from starlette.responses import HTMLResponse

from console import assets, db, figures, sessions, shown, visit
from kit import i18n, locales, logging
from kit.errors import OpsflowsError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from kit.db import Row

# The navigation: address, key of its name, and the key to press together with the browser's for access keys.
PLACES: Final = (
    ("/", "home", "1"),
    ("/etl", "etl", "2"),
    ("/tickets", "tickets", "3"),
    ("/leads", "leads", "4"),
    ("/alerts", "alerts", "5"),
    ("/state", "state", "6"),
    ("/costs", "costs", "7"),
)
_TEMPLATES: Final = Path(__file__).parent / "templates"


def page(
    template: str, *, status: int = HTTPStatus.OK, headers: Mapping[str, str] | None = None, **values: Any
) -> HTMLResponse:
    """Render a template of `console/templates`."""
    # Once for the page: a page has hundreds of texts and numbers, and each would look the setting up again.
    with locales.spoken(locales.current()):
        text = _environment().get_template(template).render(lang=i18n.language(), visit=visit.current(), **values)
    return HTMLResponse(text, status_code=status, headers=dict(headers or {}))


def problem(name: str, *, status: int, headers: Mapping[str, str] | None = None, **values: Any) -> HTMLResponse:
    """A page that says what is wrong and what to do: the texts `console.problem.<name>` and `….next`."""
    title = i18n.t(f"console.problem.{name}", **values)
    advice = i18n.t(f"console.problem.{name}.next", **values)
    return page("problem.html", status=status, headers=headers, title=title, advice=advice)


def notice() -> Row | None:
    """What the person is to be told once, on the next page; asked for by the shell of the pages."""
    now = visit.current()
    if not (now.person and now.has_notice):
        return None
    try:
        with db.connect() as conn:
            return sessions.told(conn, now.person.session)
    except OpsflowsError as error:
        # It may be the page which says that the database is away: the notice waits for the next one.
        logging.get(__name__).warning("console.notice_kept", code=error.code)
        return None


def csrf_field() -> Markup:
    """The hidden field that every form carries which is posted, beside those for signing in and for preferences."""
    person = visit.current().person
    return Markup('<input type="hidden" name="csrf" value="{}">').format(person.csrf if person else "")


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=FileSystemLoader(_TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.globals.update(
        t=i18n.t,
        asset=assets.address,
        notice=notice,
        csrf_field=csrf_field,
        languages=visit.LANGUAGES,
        places=PLACES,
    )
    environment.filters.update(
        {
            name: getattr(shown, name)
            for name in ("moment", "day", "when", "lasting", "masked_email", "masked_phone", "masked_name")
        }
    )
    environment.filters.update(figures.FILTERS)
    return environment
