"""Task: take a ticket for this execution, download its picture, and check that it is one that can be read."""

from pathlib import Path
from typing import Any

from psycopg2.extensions import connection

from adapters import whatsapp
from kit import claims, db, logging, secrets, settings, task
from kit.errors import InvalidResponseError, NotFoundError, OpsflowsError, RefusedInputError
from tickets import store, verdicts
from tickets.extraction import image

LEASE_S = 900
IMAGE_FILE = "image.jpg"
HASH_MISMATCH = "media_hash_mismatch"


class Inputs(task.TaskInputs):
    """The ticket to work on."""

    ticket_id: str


def run(inputs: Inputs, ctx: task.Context) -> dict[str, Any]:
    """Claim the ticket and leave its picture as `image.jpg` in the working directory.

    Returns:
        `proceed`: whether this execution is the one that works on the ticket; `image`: whether the file is there.
    """
    with db.connect() as conn:
        message = store.message(conn, inputs.ticket_id)
        if message is None:
            raise NotFoundError("No message has this ticket id.", code="ticket_unknown")
        if not _take(conn, inputs.ticket_id, ctx):
            return {"proceed": False, "image": False, "outcome": {"code": "not_ours", "message": "already in work"}}
        known = store.ticket(conn, inputs.ticket_id)
        if known and (known["verdict"] == "reject" or known["document_uri"]):
            return {"proceed": True, "image": False}
        return _fetch(conn, message, ctx)


def _take(conn: connection, ticket_id: str, ctx: task.Context) -> bool:
    """At most one living execution works on a ticket; a dead one's claim ends with its lease."""
    with db.transaction(conn):
        claim = claims.claim(conn, f"ticket:{ticket_id}", ctx.execution_id, LEASE_S)
        return claim.state == "won" and store.begin_processing(conn, ticket_id)


def _fetch(conn: connection, message: dict[str, Any], ctx: task.Context) -> dict[str, Any]:
    client = whatsapp.Client(settings.get(), secrets.get("WHATSAPP_TOKEN"))
    _mark_read(client, message)
    try:
        checked = _checked_image(client, message["media"])
    except (RefusedInputError, NotFoundError, InvalidResponseError) as refused:
        if isinstance(refused, InvalidResponseError) and refused.code != HASH_MISMATCH:
            raise
        logging.get(__name__).info("ticket.picture_refused", ticket_id=message["ticket_id"], code=refused.code)
        with db.transaction(conn):
            verdicts.reject(conn, message["ticket_id"], refused, ctx)
        return {"proceed": True, "image": False, "outcome": {"code": refused.code, "message": refused.message}}
    Path(IMAGE_FILE).write_bytes(checked.jpeg)
    ctx.gauge("image_pixels", checked.width * checked.height)
    return {"proceed": True, "image": True}


def _mark_read(client: whatsapp.Client, message: dict[str, Any]) -> None:
    """Blue ticks and "typing" are a courtesy: without them the receipt is read all the same."""
    try:
        client.mark_read(message["phone_number_id"], message["message_id"], typing=True)
    except OpsflowsError as error:
        logging.get(__name__).warning("whatsapp.mark_read_failed", code=error.code)


def _checked_image(client: whatsapp.Client, media: dict[str, Any]) -> image.CheckedImage:
    limits = settings.get()
    data = client.fetch(
        media["id"], sha256=media.get("sha256"), url=media.get("url"), max_bytes=limits.image_max_bytes
    )
    return image.check(
        data,
        declared_mime=media.get("mime_type"),
        max_bytes=limits.image_max_bytes,
        max_pixels=limits.image_max_pixels,
    )


if __name__ == "__main__":
    task.main(Inputs, run)
