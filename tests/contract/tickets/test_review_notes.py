"""What Slack is told of a review: once each, with the way to decide, and nothing that a receipt says acts as markup."""

import pytest

from tests.unit.tickets.inbox import CTX
from tests.unit.tickets.reviewed import READ, REVIEW_ID, decided, doubtful
from tickets import review_apply, review_notes, reviews


@pytest.fixture
def opened(sandbox, dsn, conn, monkeypatch):  # noqa: ARG001 - Slack
    """Opens a review of a receipt; its merchant is what the test says."""
    monkeypatch.setenv("OPSFLOWS_PG_DSN", dsn)
    monkeypatch.setenv("OPSFLOWS_KESTRA_PUBLIC_URL", "https://kestra.example")

    def opened(merchant="Bar Sol"):
        return doubtful(conn, receipt=READ.model_copy(update={"merchant": merchant}))

    return opened


def test_the_note_says_what_is_doubted_and_where_to_decide(opened, sandbox, monkeypatch):
    monkeypatch.setenv("OPSFLOWS_CONSOLE_URL", "https://console.example")
    monkeypatch.setenv("OPSFLOWS_CONSOLE_KEY", "k" * 32)
    review = opened()
    assert [review_notes.post_opened(review, CTX), review_notes.post_opened(review, CTX)] == ["done", "done"]
    [card] = sandbox.cards()
    assert "https://console.example/tickets/review/" in str(card)
    assert "/whatsapp_ticket_review/e1|" in str(card)
    assert "El total no se lee con seguridad." in str(card)


def test_without_a_console_there_is_no_link_to_it(opened, sandbox):
    review_notes.post_opened(opened(), CTX)
    [card] = sandbox.cards()
    assert "/tickets/review/" not in str(card)


def test_a_receipt_mentions_nobody_and_the_setting_does(opened, sandbox, monkeypatch):
    monkeypatch.setenv("OPSFLOWS_REVIEW_ESCALATE_TO", "<!subteam^S024BE7LD>")
    review = opened("<!channel> & <https://evil.example|Bar>")
    review_notes.post_escalation(review, CTX)
    [card] = sandbox.cards()
    assert "<!subteam^S024BE7LD>" in str(card)
    assert "<!channel>" not in str(card)
    assert "<https://evil.example" not in str(card)


def test_the_end_is_told_without_a_way_to_decide(opened, conn, sandbox):
    opened()
    decided(conn)
    review_apply.apply(conn, REVIEW_ID)
    review_notes.post_ended(reviews.get(conn, REVIEW_ID), CTX)
    [card] = sandbox.cards()
    assert "revisado por Eva" in str(card)
    assert "executions" not in str(card)


def test_each_reminder_is_a_note_of_its_own(opened, sandbox):
    review = opened()
    for number in (1, 1, 2):
        review_notes.post_reminder(review, number, CTX)
    assert len(sandbox.cards()) == 2


def test_without_slack_nothing_is_told_and_nothing_fails(opened, sandbox, monkeypatch):
    for name in ("SLACK_BOT_TOKEN", "SLACK_WEBHOOK_URL"):
        monkeypatch.delenv(name, raising=False)
    assert review_notes.post_opened(opened(), CTX) == "nothing"
    assert sandbox.cards() == []
