"""The fields of a form that was sent."""

from __future__ import annotations

from typing import Annotated, Final

from fastapi import Depends, Request

_MOST_FIELDS: Final = 40


async def typed(request: Request) -> dict[str, str]:
    """The form's fields as text; a dependency. Nothing but a form's POST has any."""
    if request.method != "POST":
        return {}
    async with request.form(max_files=0, max_fields=_MOST_FIELDS) as form:
        # Postgres takes no NUL, and nobody types one.
        return {name: value.replace("\x00", "") for name, value in form.items() if isinstance(value, str)}


Form = Annotated[dict[str, str], Depends(typed)]
