"""The receipt flow on the engine, from the photo to the answer, and through what the providers do wrong."""

import io
from typing import Any

import pytest
from documents_made import invoice
from flowkit import FLOW, SAMPLES, Receipts, wait_for
from heics_made import receipt
from PIL import Image

from kit import ids
from local.providers import sender

pytestmark = pytest.mark.engine


def picture(width: int, height: int, kind: str = "JPEG", colour: str = "white") -> bytes:
    buffer = io.BytesIO()
    Image.new("RGB", (width, height), colour).save(buffer, kind)
    return buffer.getvalue()


def with_unknown_media() -> dict[str, Any]:
    """A message whose picture the provider no longer has."""
    return sender.media("1764012345678901", "Y9vvGyeo3n76ptkXu3CwDBsnzbRFqpjHskQdMGSVqas=")


def process(receipts: Receipts, ticket_id: str) -> dict[str, Any]:
    """Start the flow for a ticket as the sweep or a person would, and wait for its end."""
    return receipts.start(f"tickets.{FLOW}", ticket_id=ticket_id)


def test_a_photo_becomes_a_row_a_document_a_card_and_an_answer(receipts: Receipts):
    message = receipts.message("ticket_supermercado.jpg", name="Ana López", caption="compra oficina")
    receipts.send(message)
    ticket = receipts.ticket(message)
    assert (ticket["verdict"], str(ticket["total"])) == ("accept", "21.75")
    (row,) = receipts.sheet_rows(message)
    assert row[:4] == [ids.ticket_id(message["id"]), "2026-06-04", "Mercado Peñalara, S. Coop.", "B38757910"]
    assert row[5] == 21.75
    assert "Ana López" in row
    (answer,) = receipts.answers(message)
    assert "21,75" in answer
    assert "Mercado Peñalara" in answer
    assert len(receipts.cards(message)) == 1
    owner = ticket["document_uri"].split("/executions/")[1].split("/")[0]
    document = receipts.get(f"executions/{owner}/file", path=ticket["document_uri"])
    assert document.content.startswith(b"%PDF-")


@pytest.mark.slow
def test_a_receipt_that_comes_again_is_marked_and_names_the_first(receipts: Receipts):
    first, again = receipts.message(), receipts.message(name="Luis Gil")
    receipts.send(first)
    assert receipts.ticket(first)["verdict"] == "accept"
    receipts.send(again)
    ticket = receipts.ticket(again)
    assert (ticket["verdict"], ticket["reasons"][0]["code"]) == ("review", "duplicate_exact")
    marked = receipts.row(
        "select duplicate_of, duplicate_kind from tickets.tickets where ticket_id = %s", ticket["ticket_id"]
    )
    assert marked == {"duplicate_of": ids.ticket_id(first["id"]), "duplicate_kind": "exact"}
    (answer,) = receipts.answers(again)
    assert ids.ticket_id(first["id"]) in answer
    (row,) = receipts.sheet_rows(again)
    assert "Revisar" in row
    assert any(ids.ticket_id(first["id"]) in str(cell) for cell in row)


@pytest.mark.slow
def test_a_pdf_invoice_becomes_a_row_a_document_and_an_answer(receipts: Receipts):
    message = receipts.message(invoice(pages=2, terms=True), mime="application/pdf") | {
        "kind": "document",
        "filename": "factura.pdf",
    }
    receipts.send(message)
    ticket = receipts.ticket(message)
    assert (str(ticket["total"]), ticket["merchant"]) == ("97.89", "Suministros Peñalara, S.L.")
    assert len(receipts.sheet_rows(message)) == 1
    assert "97,89" in receipts.answers(message)[0]
    attempt = receipts.row("select model, outcome from tickets.attempts where ticket_id = %s", ticket["ticket_id"])
    assert attempt == {"model": "pdf-text-layer", "outcome": "ok"}
    assert ticket["document_uri"]


def together(*names: str) -> bytes:
    """Receipts side by side on a table."""
    pictures = [Image.open(SAMPLES / name).convert("RGB") for name in names]
    table = Image.new("RGB", (sum(p.width + 60 for p in pictures), max(p.height for p in pictures) + 60), "#8a7a66")
    left = 30
    for one in pictures:
        table.paste(one, (left, 30))
        left += one.width + 60
    buffer = io.BytesIO()
    table.save(buffer, "JPEG", quality=92)
    return buffer.getvalue()


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_two_receipts_in_one_photo_become_two_tickets_with_one_answer(receipts: Receipts):
    message = receipts.message(together("ticket_supermercado.jpg", "sroie_064.jpg"))
    receipts.send(message)
    children = [{"id": f"{message['id']}#{number}"} for number in (1, 2)]
    totals = [str(receipts.ticket(child, within_s=300)["total"]) for child in children]
    assert totals[0] == "21.75"
    parent = receipts.ticket(message, within_s=120)
    assert [reason["code"] for reason in parent["reasons"]] == ["split_in_tickets"]
    assert receipts.sheet_rows(message) == []
    assert all(len(receipts.sheet_rows(child)) == 1 for child in children)
    (answer,) = receipts.answers(message)
    assert all(ids.ticket_id(child["id"]) in answer for child in children)
    process(receipts, ids.ticket_id(message["id"]))  # as a sweep would, after a crash
    assert len(receipts.rows("select 1 from tickets.messages where parent_ticket_id = %s", parent["ticket_id"])) == 2
    assert all(len(receipts.sheet_rows(child)) == 1 for child in children)
    assert receipts.answers(message) == [answer]


@pytest.mark.slow
def test_a_heic_photo_is_read_like_any_other(receipts: Receipts):
    message = receipts.message(receipt(), mime="image/heic") | {"kind": "document", "filename": "IMG_0042.HEIC"}
    receipts.send(message)
    ticket = receipts.ticket(message)
    assert str(ticket["total"]) == "21.75"
    assert "21,75" in receipts.answers(message)[0]


def test_a_user_without_a_phone_number_is_answered(receipts: Receipts):
    message = receipts.message(picture(20, 20, "PNG"), mime="image/png")
    receipts.send(message, omit=["wa_id", "from"])
    receipts.ticket(message)
    (sent,) = [
        item for item in receipts.providers.outbox() if item["message"]["context"]["message_id"] == message["id"]
    ]
    assert sent["message"]["recipient"] == message["user_id"]
    assert "to" not in sent["message"]


@pytest.mark.slow
@pytest.mark.parametrize(
    ("content", "mime", "code"),
    [
        (picture(600, 800), "image/jpeg", "nothing_read"),
        (picture(20, 20, "PNG"), "image/png", "image_too_small"),
        (picture(9000, 9000, "PNG"), "image/png", "image_bomb"),
        (b"no picture at all", "image/jpeg", "image_type"),
        (b"%PDF-1.7 no document at all", "application/pdf", "pdf_broken"),
        (picture(600, 800)[:900], "image/jpeg", "image_unreadable"),
    ],
    ids=["blank", "tiny", "bomb", "no picture", "no document", "truncated"],
)
def test_a_picture_that_cannot_be_read_is_answered_with_what_to_do(
    receipts: Receipts, content: bytes, mime: str, code: str
):
    message = receipts.message(content, mime=mime)
    receipts.send(message)
    ticket = receipts.ticket(message)
    assert ticket["verdict"] == "reject"
    assert [reason["code"] for reason in ticket["reasons"]] == [code]
    assert receipts.sheet_rows(message) == []
    (answer,) = receipts.answers(message)
    assert answer.startswith("❌")


def test_a_file_that_is_gone_is_asked_for_again(receipts: Receipts):
    message = with_unknown_media()
    receipts.send({"kind": "raw", "content": message})
    assert [reason["code"] for reason in receipts.ticket(message)["reasons"]] == ["whatsapp_not_found"]
    assert "Envíala otra vez" in receipts.answers(message)[0]


def test_an_expired_url_is_renewed(receipts: Receipts):
    message = receipts.message(picture(20, 20, "PNG"), mime="image/png", with_url=True)
    receipts.providers.fault("whatsapp", "media.download", "status", status=404, calls=1)
    receipts.send(message)
    assert [reason["code"] for reason in receipts.ticket(message)["reasons"]] == ["image_too_small"]
    assert receipts.struck()


@pytest.mark.slow
def test_a_slack_that_is_down_hinders_neither_row_nor_answer(receipts: Receipts):
    receipts.providers.fault("slack", "*", "status", status=404, body="no_service")
    message = receipts.message()
    receipts.send(message)
    pending = receipts.ticket(message, "pending")
    assert pending["last_error"] == "card"
    assert len(receipts.sheet_rows(message)) == 1
    assert len(receipts.answers(message)) == 1
    receipts.providers.clear_faults()
    assert process(receipts, ids.ticket_id(message["id"]))["state"]["current"] == "SUCCESS"
    receipts.ticket(message)
    assert (len(receipts.sheet_rows(message)), len(receipts.answers(message)), len(receipts.cards(message))) == (
        1,
        1,
        1,
    )


@pytest.mark.slow
@pytest.mark.parametrize(
    ("fault", "code"),
    [
        ({"route": "*", "kind": "error", "code": "NOT_FOUND"}, "sheet_missing"),
        ({"route": "*", "kind": "error", "code": "PERMISSION_DENIED"}, "sheet_not_shared"),
    ],
)
def test_a_sheet_that_refuses_leaves_the_ticket_pending_and_its_row_comes_later(
    receipts: Receipts, fault: dict[str, Any], code: str
):
    receipts.providers.fault("google", fault.pop("route"), fault.pop("kind"), **fault)
    message = receipts.message()
    receipts.send(message)
    pending = receipts.ticket(message, "pending")
    assert (pending["last_error"], pending["sheet_error"]) == ("sheet", code)
    assert code in str(receipts.cards(message))
    assert len(receipts.answers(message)) == 1
    receipts.providers.clear_faults()
    process(receipts, ids.ticket_id(message["id"]))
    receipts.ticket(message)
    assert len(receipts.sheet_rows(message)) == 1
    assert len(receipts.answers(message)) == 1


def test_an_append_that_was_applied_and_timed_out_is_not_made_twice(receipts: Receipts):
    receipts.providers.fault("google", "values.append", "reset", after_apply=True, calls=1)
    message = receipts.message()
    receipts.send(message)
    receipts.ticket(message)
    assert receipts.struck()
    assert len(receipts.sheet_rows(message)) == 1


def test_an_answer_that_was_accepted_and_lost_is_known_by_its_status_event(receipts: Receipts):
    receipts.providers.fault("whatsapp", "messages", "reset", after_apply=True, calls=1, contains="biz_opaque")
    message = receipts.message(picture(20, 20, "PNG"), mime="image/png")
    receipts.send(message)
    receipts.ticket(message)
    assert receipts.struck()
    assert len(receipts.answers(message)) == 1
    key = f"answer:{ids.ticket_id(message['id'])}"
    effect = receipts.row("select state, result from ops.effects where key = %s", key)
    assert effect is not None
    assert effect["state"] == "done"
    assert effect["result"]["message_id"]


@pytest.mark.slow
def test_a_token_that_has_expired_is_told_to_slack_and_mended_by_the_sweep(receipts: Receipts):
    receipts.providers.fault("whatsapp", "media.get", "error", code="190")
    message = receipts.message(picture(20, 20, "PNG"), mime="image/png")
    receipts.send(message)
    assert receipts.ticket(message, "pending")["last_error"] == "verdict"
    wait_for(lambda: "whatsapp_token" in str(receipts.cards(message)), "the problem card")
    receipts.providers.clear_faults()
    process(receipts, ids.ticket_id(message["id"]))
    assert receipts.ticket(message)["verdict"] == "reject"


def test_a_ticket_that_is_in_other_hands_is_left_alone(receipts: Receipts):
    message = receipts.message(picture(20, 20, "PNG"), mime="image/png")
    receipts.send(message)
    receipts.ticket(message)
    again = process(receipts, ids.ticket_id(message["id"]))
    assert again["state"]["current"] == "SUCCESS"
    assert len(receipts.answers(message)) == 1


def test_an_unknown_ticket_is_refused_with_a_code(receipts: Receipts):
    execution = process(receipts, "T-0000000000")
    assert receipts.outputs(execution["id"]) == {"verdict": "ticket_unknown"}
