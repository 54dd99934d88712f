"""The review page behind a signed link: look, correct, approve or reject. The first decision counts."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any, Final, cast

from fastapi import APIRouter, Depends, Request
from starlette.responses import RedirectResponse, Response

from console import access, db, fields, pages, pictures
from console.forms import typed
from kit import i18n, logging
from kit.errors import NotFoundError, RefusedInputError
from tickets import decision, review_link, reviews, store, texts

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tickets.decision import Action
    from tickets.review_link import Claims
    from tickets.store import Row

ACTIONS: Final = ("approve", "reject")
_ENDED: Final = {"link_expired": 410, "link_invalid": 404}

router = APIRouter()


@router.get("/tickets/review/{token}")
def show(request: Request, token: str) -> Response:
    """The page of a review: the form while it is open, else what was decided."""
    try:
        claims = access.claims(request, token)
    except RefusedInputError as error:
        return _ended(error)
    review, ticket = _look(claims)
    if review["state"] != "open":
        return _closed(review, ticket)
    return _open((review, ticket), claims, request.url.path, fields.of(ticket))


@router.post("/tickets/review/{token}")
def decide(request: Request, token: str, form: Annotated[dict[str, str], Depends(typed)]) -> Response:
    """Record a decision, and wake the execution that waits for it."""
    access.same_origin(request)
    try:
        claims = access.claims(request, token)
    except RefusedInputError as error:
        return _ended(error)
    review, ticket = _look(claims)
    if review["state"] != "open":
        return _closed(review, ticket, late=True)
    changes, errors = _wanted(ticket, form)
    answer = None if errors else _decide(claims, form.get("action", ""), changes, errors)
    if answer is None:
        shown = fields.with_input(fields.of(ticket), form, errors)
        return _open((review, ticket), claims, request.url.path, shown, errors)
    if answer != "decided":
        return _closed(*_look(claims), late=True)
    reviews.resume(review)
    return RedirectResponse(f"{review_link.PATH}{token}", status_code=303)


@router.get("/tickets/review/{token}/picture")
def picture(request: Request, token: str) -> Response:
    """The ticket's picture."""
    return pictures.whole(_ticket(request, token))


@router.get("/tickets/review/{token}/piece/{field}")
def piece(request: Request, token: str, field: str) -> Response:
    """The piece of the picture that a field was read from."""
    return pictures.place(_ticket(request, token), field)


def _ticket(request: Request, token: str) -> Row:
    try:
        return _look(access.claims(request, token))[1]
    except RefusedInputError as error:
        raise NotFoundError("The link opens nothing.", code=error.code) from None


def _look(claims: Claims) -> tuple[Row, Row]:
    with db.connect() as conn:
        review = reviews.get(conn, claims.review_id)
        ticket = store.ticket(conn, review["ticket_id"]) if review else None
    if review is None or ticket is None:
        raise NotFoundError("There is no such review.", code="review_unknown")
    return review, ticket


def _wanted(ticket: Row, form: Mapping[str, str]) -> tuple[dict[str, str | None], dict[str, str]]:
    """What is to be changed; a rejected receipt is not corrected, so that nothing of its form counts."""
    if form.get("action") == "reject":
        return {}, {}
    return fields.changes(ticket, form)


def _decide(
    claims: Claims, action: str, changes: dict[str, str | None], errors: dict[str, str]
) -> reviews.Answer | None:
    """Record it; None when it cannot be taken, with the errors filled in."""
    if action not in ACTIONS:
        errors["action"] = i18n.t("console.error.action")
        return None
    wanted = decision.Decision(action=cast("Action", action), changes=changes)
    try:
        with db.connect() as conn:
            answer = reviews.decide(conn, claims.review_id, wanted, by=claims.by, via="console")
    except RefusedInputError as error:
        for name in error.details.get("fields", ()):
            errors[name] = fields.error(name, empty=True)
        if not errors:
            raise
        return None
    logging.get(__name__).info("review.answered", review_id=claims.review_id, action=action, answer=answer)
    return answer


def _open(
    looked: tuple[Row, Row],
    claims: Claims,
    path: str,
    shown: list[fields.Field],
    errors: Mapping[str, str] | None = None,
) -> Response:
    review, ticket = looked
    return pages.page(
        "review.html",
        status=422 if errors else 200,
        base=path,
        review=review,
        ticket=ticket,
        by=claims.by,
        fields=shown,
        errors=dict(errors or {}),
        sender=texts.sender(ticket),
        reasons=texts.reasons(ticket),
    )


def _closed(review: Row, ticket: Row, *, late: bool = False) -> Response:
    """What was decided, by whom; or that nobody did in time."""
    if review["decision"] is None:
        return pages.problem("review_expired", status=410, reference=ticket["ticket_id"])
    return pages.page(
        "decided.html",
        status=409 if late else 200,
        review=review,
        ticket=ticket,
        late=late,
        changes=_changes(review["decision"]),
    )


def _changes(decided: dict[str, Any]) -> list[tuple[str, str]]:
    """The corrected fields, by what people call them."""
    found = decided.get("changes") or {}
    return [
        (i18n.t(f"console.field.{name}"), found[name] or i18n.t("console.none"))
        for name in fields.FIELDS
        if name in found
    ]


def _ended(error: RefusedInputError) -> Response:
    reference = str(error.details.get("review_id", "")).replace("R-", "T-", 1)
    return pages.problem(error.code, status=_ENDED[error.code], reference=reference)
