"""The Slack card: within Slack's limits, and nothing in it acts as markup."""

import pytest
from hostile_texts import EVERYTHING

from tickets import card

EXECUTION = "https://kestra.example/ui/main/executions/opsflows.tickets/whatsapp_ticket_process/e1"
DOCUMENT = "https://kestra.example/api/v1/main/executions/e1/file?path=kestra%3A%2F%2F%2Fa.pdf"
# Slack, Block Kit reference: blocks a message, characters of a header, a section's text, a field, a context element.
BLOCKS, HEADER, SECTION, FIELD, ELEMENT, FIELDS = 50, 150, 3000, 2000, 3000, 10
LONG = "<&>" * 2000
MENTIONS = ("<!channel>", "<@U012AB3CD>", "<https://evil.example|Abrir el documento>", "<!date^1|x>", "&lt;!here&gt;")


def strings(blocks):
    """Every text of the card that Slack reads as markup, with its limit."""
    for block in blocks:
        if block["type"] == "header":
            assert block["text"]["type"] == "plain_text"
            yield block["text"]["text"], HEADER
        if block["type"] == "section" and "text" in block:
            yield block["text"]["text"], SECTION
        for field in block.get("fields", []):
            yield field["text"], FIELD
        for element in block.get("elements", []):
            yield element["text"], ELEMENT


def everywhere(row, text):
    """A ticket with the text in each field that people, pictures or providers fill."""
    return row(
        verdict="review", merchant=text, tax_id=text, sender_name=text, sheet_error=text, caption=text,
        reasons=[{"code": text, "severity": "review"}] * 60,
    )  # fmt: skip


def test_the_card_shows_fields_reasons_and_links(row, monkeypatch):
    monkeypatch.setenv("OPSFLOWS_SHEET_ID", "1abc")
    found = row(verdict="review", reasons=[{"code": "date_old", "severity": "review"}], sheet_range="Tickets!A2:Q2")
    made = card.blocks(found, EXECUTION, DOCUMENT)
    shown = [text for text, _ in strings(made)]
    assert shown[0] == "Ticket para revisar"
    assert {"*Comercio*\nBar Sol, S.L.", "*Fecha*\n20/11/2026", "*Total*\n12,10\xa0€", "*Ticket*\nT-7QK2M4X9AB"} <= {
        *shown
    }
    assert "*Motivos*\n• La fecha tiene más de cuatro años." in shown
    assert shown[-3:] == [
        f"<{DOCUMENT}|Abrir el documento>",
        "<https://docs.google.com/spreadsheets/d/1abc|Abrir la hoja>",
        f"<{EXECUTION}|Ver la ejecución>",
    ]


def test_a_card_without_links_reasons_or_fields(nothing_read):
    made = card.blocks(nothing_read, None, None)
    assert [block["type"] for block in made] == ["header", "section"]
    assert "*Total*\nsin leer" in [text for text, _ in strings(made)]


def test_a_sheet_that_lacks_the_row_is_explained(row):
    shown = [text for text, _ in strings(card.blocks(row(sheet_error="sheet_not_shared"), None, None))]
    assert any("sheet_not_shared" in text and "Comparte la hoja" in text for text in shown)


def test_very_long_texts_stay_within_slack_s_limits(row):
    made = card.blocks(everywhere(row, LONG), EXECUTION, DOCUMENT)
    assert len(made) <= BLOCKS
    assert all(len(block.get("fields", [])) <= FIELDS for block in made)
    assert [(text[:40], len(text)) for text, limit in strings(made) if len(text) > limit] == []
    cut = [text for text, _ in strings(made) if text.endswith("…")]
    assert len(cut) >= 4, "what is too long is cut, visibly"


@pytest.mark.parametrize("text", [*MENTIONS, *EVERYTHING])
def test_what_was_read_starts_no_mention_and_no_link(row, text):
    for shown, _ in strings(card.blocks(everywhere(row, text), None, None)):
        assert "<" not in shown
        assert ">" not in shown
        assert "&" not in shown.replace("&amp;", "").replace("&lt;", "").replace("&gt;", "")


@pytest.mark.parametrize("text", MENTIONS)
def test_the_problem_card_escapes_what_the_provider_said(text):
    made = card.problem("T-7QK2M4X9AB", "whatsapp_token", text, EXECUTION)
    shown = [shown for shown, _ in strings(made)]
    assert text not in " ".join(shown)
    assert shown[-1] == f"<{EXECUTION}|Ver la ejecución>"
    assert len(card.problem("T-7QK2M4X9AB", "x", LONG, None)) == 3
    assert all(len(text) <= limit for text, limit in strings(card.problem("T-7QK2M4X9AB", "x", LONG, None)))


@pytest.mark.parametrize("verdict", ["accept", "review", "reject"])
def test_the_line_of_the_notification_names_merchant_total_and_ticket(row, verdict):
    said = card.text(row(verdict=verdict))
    assert all(part in said for part in ("Bar Sol, S.L.", "12,10", "T-7QK2M4X9AB"))
