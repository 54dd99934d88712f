"""Signing in and out, and what a person prefers: language and colours."""

from __future__ import annotations

from typing import Annotated, Final

from fastapi import APIRouter, Depends, Request
from starlette.responses import RedirectResponse, Response

from console import access, db, pages, people, sessions, visit
from console.forms import Form  # noqa: TC001 - FastAPI reads the annotation
from console.visit import Person  # noqa: TC001 - FastAPI reads the annotation
from kit import logging

HOME: Final = "/"
SIGN_IN: Final = "/sign-in"
_LONGEST: Final = 500

router = APIRouter()


@router.get(SIGN_IN)
def ask(request: Request) -> Response:
    """The sign-in page; `next` is where to go from there."""
    return _page(back(request.query_params.get("next", "")))


@router.post(SIGN_IN)
def sign_in(request: Request, form: Form) -> Response:
    """Open a session for a right password."""
    access.same_origin(request)
    name, next_page = form.get("name", "").strip(), back(form.get("next", ""))
    access.refuse_guessing(request, name)
    user = people.by_password(name, form.get("password", ""))
    if user is None:
        access.count_wrong(request, name)
        logging.get(__name__).warning("console.sign_in_refused", client=access.client(request))
        return _page(next_page, name=name, wrong=True)
    now = visit.current()
    with db.connect() as conn:
        earlier = request.cookies.get(now.cookie(sessions.COOKIE), "")
        if earlier:
            sessions.end(conn, sessions.digest(earlier))
        token, _ = sessions.begin(conn, user.name, "password", user.stamps[0])
    now.set_cookie(sessions.COOKIE, token)
    logging.get(__name__).info("console.signed_in", person=user.name, role=user.role)
    return RedirectResponse(next_page, status_code=303)


@router.post("/sign-out")
def sign_out(request: Request, form: Form, person: Annotated[Person, Depends(access.reader)]) -> Response:
    """End the session, on the server and in the browser."""
    access.from_our_form(request, person, form)
    with db.connect() as conn:
        sessions.end(conn, person.session)
    visit.current().set_cookie(sessions.COOKIE, "", gone=True)
    return RedirectResponse(SIGN_IN, status_code=303)


@router.post("/preferences")
def prefer(request: Request, form: Form) -> Response:
    """Remember a language or a theme in this browser; nobody need have signed in for that."""
    access.same_origin(request)
    now = visit.current()
    if form.get("language") in visit.LANGUAGES:
        now.prefer(visit.LANGUAGE_COOKIE, form["language"])
    if form.get("theme") in visit.THEMES:
        now.prefer(visit.THEME_COOKIE, form["theme"])
    return RedirectResponse(back(form.get("next", "")), status_code=303)


def back(address: str) -> str:
    """A path of this console; the first page for anything that could lead elsewhere."""
    plain = address.isascii() and address.isprintable() and "\\" not in address and len(address) <= _LONGEST
    inside = address.startswith("/") and not address.startswith(("//", SIGN_IN))
    return address if plain and inside else HOME


def _page(next_page: str, *, name: str = "", wrong: bool = False) -> Response:
    return pages.page("sign_in.html", status=401 if wrong else 200, next=next_page, name=name, wrong=wrong)
