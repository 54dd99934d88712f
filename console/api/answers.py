"""JSON answers that a program need not fetch twice."""

from __future__ import annotations

from typing import TYPE_CHECKING

from starlette.responses import Response

from console import etags

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pydantic import BaseModel
    from starlette.requests import Request


def model(request: Request, content: BaseModel, headers: Mapping[str, str] | None = None) -> Response:
    """A model as JSON with its ETag, or 304 when the program has it."""
    made = Response(content.model_dump_json(), media_type="application/json", headers=dict(headers or {}))
    return etags.answer(request, made)
