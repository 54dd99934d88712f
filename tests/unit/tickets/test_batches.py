"""A burst of pictures has one answer: who joins, who seals, who is told; and the same under threads that race."""

import itertools
from datetime import timedelta

import pytest
from inbox import CTX as FIRST
from inbox import EMPTY, MESSAGE

from kit import dates, db, effects, task
from tests.racing import race
from tickets import batch_text, batches, close, reply_text, store, verdicts
from tickets.extraction.model import Assessment, Reason, Receipt

TICKETS = [f"T-{number:010d}" for number in range(1, 6)]
BATCH = "B-0000000001"
OVERDUE = "update tickets.batches set opened_at = opened_at - interval '1 hour'"


@pytest.fixture(autouse=True)
def _database(dsn, monkeypatch):
    monkeypatch.setenv("OPSFLOWS_PG_DSN", dsn)
    monkeypatch.delenv("OPSFLOWS_BATCH_WINDOW_S", raising=False)


def message(ticket_id, **changes):
    return MESSAGE.model_copy(update={"ticket_id": ticket_id, "message_id": f"wamid.{ticket_id}", **changes})


def send(conn, *ticket_ids, **changes):
    for ticket_id in ticket_ids:
        with db.transaction(conn):
            store.insert_message(conn, message(ticket_id, **changes), "e0")
            batches.join(conn, message(ticket_id, **changes))


def ready(conn, ticket_id):
    return batches.arrive(conn, ticket_id, "ready")


def batch_of(conn, ticket_id):
    return db.fetch_one(conn, "select batch_id from tickets.batch_members where ticket_id = %s", [ticket_id])


def test_a_single_picture_is_answered_alone_and_at_once(conn):
    send(conn, TICKETS[0])
    assert ready(conn, TICKETS[0]).own == "alone"


@pytest.mark.parametrize("order", list(itertools.permutations(range(3))))
def test_the_last_of_a_burst_answers_for_all_in_the_order_in_which_they_came(conn, order):
    send(conn, *TICKETS[:3])
    found = [ready(conn, TICKETS[index]) for index in order]
    assert [standing.own for standing in found] == ["open", "open", "told"]
    assert found[-1].told == TICKETS[:3]
    assert found[-1].summary_key == f"answer:{BATCH}"


def test_whoever_comes_again_finds_the_same_decision(conn):
    send(conn, *TICKETS[:2])
    ready(conn, TICKETS[0])
    decided = ready(conn, TICKETS[1])
    assert ready(conn, TICKETS[0]) == ready(conn, TICKETS[1]) == decided
    assert batches.arrive(conn, TICKETS[0], "troubled") == decided


def test_a_picture_that_comes_after_the_answer_begins_a_new_burst(conn):
    send(conn, TICKETS[0])
    ready(conn, TICKETS[0])
    send(conn, TICKETS[1])
    assert batch_of(conn, TICKETS[1])["batch_id"] == "B-0000000002"
    assert ready(conn, TICKETS[1]).own == "alone"


def test_a_picture_that_comes_after_the_window_begins_a_new_burst(conn):
    send(conn, TICKETS[0])
    db.execute(conn, "update tickets.batches set opened_at = opened_at - interval '61 seconds'")
    send(conn, TICKETS[1])
    assert batch_of(conn, TICKETS[1])["batch_id"] == "B-0000000002"


@pytest.mark.parametrize("other", [{"sender_id": "ES.2"}, {"phone_number_id": "2"}])
def test_other_people_and_other_numbers_of_ours_are_other_bursts(conn, other):
    send(conn, TICKETS[0])
    send(conn, TICKETS[1], **other)
    assert ready(conn, TICKETS[0]).own == "alone"


def test_a_burst_has_an_end(conn):
    many = [f"T-{number:010d}" for number in range(1, batches.MOST_MEMBERS + 2)]
    send(conn, *many)
    assert batch_of(conn, many[-2])["batch_id"] == BATCH
    assert batch_of(conn, many[-1])["batch_id"] != BATCH


def test_without_a_window_nobody_has_a_batch(conn, monkeypatch):
    monkeypatch.setenv("OPSFLOWS_BATCH_WINDOW_S", "0")
    send(conn, *TICKETS[:2])
    assert ready(conn, TICKETS[0]) == batches.Standing()
    assert db.fetch_all(conn, "select * from tickets.batches") == []


def test_a_hindered_picture_is_named_in_the_summary_and_answered_alone_later(conn):
    send(conn, *TICKETS[:3])
    assert batches.arrive(conn, TICKETS[0], "troubled").own == "open"
    ready(conn, TICKETS[1])
    found = ready(conn, TICKETS[2])
    assert (found.told, found.left) == (TICKETS[1:3], TICKETS[:1])
    assert ready(conn, TICKETS[0]).own == "alone"


def test_a_hindered_picture_that_comes_to_itself_in_time_is_told_with_the_others(conn):
    send(conn, *TICKETS[:2])
    batches.arrive(conn, TICKETS[0], "troubled")
    ready(conn, TICKETS[0])
    assert ready(conn, TICKETS[1]).told == TICKETS[:2]


def test_when_all_are_hindered_nobody_is_told_a_verdict(conn):
    send(conn, *TICKETS[:2])
    batches.arrive(conn, TICKETS[0], "troubled")
    found = batches.arrive(conn, TICKETS[1], "troubled")
    assert (found.own, found.told, found.left) == ("alone", [], TICKETS[:2])


def test_after_the_wait_the_burst_is_answered_with_what_is_there(conn):
    send(conn, *TICKETS[:3])
    assert ready(conn, TICKETS[0]).own == "open"
    db.execute(conn, OVERDUE)
    found = ready(conn, TICKETS[0])
    assert (found.own, found.told, found.left) == ("told", TICKETS[:1], TICKETS[1:3])
    assert ready(conn, TICKETS[1]).own == "alone"


def test_of_members_that_race_exactly_one_seals_and_all_agree(conn, dsn):
    send(conn, *TICKETS)
    found = race(dsn, lambda own, racer, _round: ready(own, TICKETS[racer]), [1], racers=len(TICKETS))
    assert sorted(standing.own for standing in found) == ["open"] * 4 + ["told"]
    assert ready(conn, TICKETS[0]).told == TICKETS


def test_webhooks_that_race_make_one_burst(conn, dsn):
    race(dsn, lambda own, racer, _round: send(own, TICKETS[racer]), [1], racers=len(TICKETS))
    assert len(db.fetch_all(conn, "select distinct batch_id from tickets.batch_members")) == 1


@pytest.mark.parametrize("late", [False, True], ids=["joins", "comes too late"])
def test_a_picture_that_races_with_the_answer_joins_it_or_begins_anew(conn, dsn, late):
    """Either way nobody is left without an answer: the lock on the batch puts the two in an order."""
    send(conn, TICKETS[0])
    with db.connect(dsn) as answering, db.connect(dsn) as arriving:
        steps = [lambda: send(arriving, TICKETS[1]), lambda: ready(answering, TICKETS[0])]
        for step in reversed(steps) if late else steps:
            step()
    assert ready(conn, TICKETS[1]).own == ("alone" if late else "told")
    assert ready(conn, TICKETS[0]).own == ("alone" if late else "told")


@pytest.fixture
def burst(conn):
    """Two pictures that have all but their answer; each is in the hands of an execution of its own."""
    send(conn, *TICKETS[:2])
    for ticket_id in TICKETS[:2]:
        assert store.begin_processing(conn, ticket_id)
        verdicts.record(conn, ticket_id, EMPTY, Assessment(verdict="accept", receipt=Receipt()), "0" * 64, FIRST)
        store.set_sheet_range(conn, ticket_id, "Tickets!A2:Q2")
        db.execute(
            conn,
            "insert into ops.claims (key, holder, state, lease_until) values (%s, %s, 'held', now() + interval '1 h')",
            (f"ticket:{ticket_id}", f"e-{ticket_id}"),
        )
    return conn


def end(ticket_id):
    inputs = close.Inputs(ticket_id=ticket_id, proceed=True, document_uri="kestra:///ticket.pdf")
    return close.run(inputs, task.Context(execution_id=f"e-{ticket_id}", release="0.1.0"))


def states(conn):
    rows = db.fetch_all(conn, "select ticket_id, state from tickets.messages")
    return {row["ticket_id"]: row["state"] for row in rows}


def test_who_waits_is_pending_until_the_summary_and_is_done_with_it(burst):
    ready(burst, TICKETS[0])
    assert end(TICKETS[0]) == {"state": "pending", "missing": ["answer"]}
    waiting = db.fetch_one(burst, "select * from tickets.messages where ticket_id = %s", [TICKETS[0]])
    left = waiting["next_attempt_at"] - dates.utcnow()
    assert timedelta(0) < left <= timedelta(seconds=batches.WAIT_S)
    effects.record(burst, ready(burst, TICKETS[1]).summary_key, "whatsapp.text", {})
    assert end(TICKETS[1])["state"] == "done"
    assert set(states(burst).values()) == {"done"}


def test_a_summary_that_failed_leaves_all_of_them_pending(burst):
    ready(burst, TICKETS[0])
    ready(burst, TICKETS[1])
    assert {end(ticket_id)["state"] for ticket_id in TICKETS[:2]} == {"pending"}


def test_a_ticket_that_lacks_more_than_the_answer_stays_pending(burst):
    db.execute(burst, "update tickets.tickets set sheet_range = null where ticket_id = %s", [TICKETS[0]])
    ready(burst, TICKETS[0])
    end(TICKETS[0])
    effects.record(burst, ready(burst, TICKETS[1]).summary_key, "whatsapp.text", {})
    end(TICKETS[1])
    assert states(burst) == {TICKETS[0]: "pending", TICKETS[1]: "done"}


def doubt(code, field="image", severity="review"):
    return [Reason(code=code, field=field, severity=severity).model_dump()]


def test_the_summary_names_each_with_what_needs_a_person(row):
    told = [
        row(ticket_id="T-1"),
        row(ticket_id="T-2", verdict="review", issued_on=None, reasons=doubt("date_missing"), merchant="x" * 60),
        row(ticket_id="T-3", verdict="reject", reasons=doubt("not_a_receipt", severity="reject")),
        row(ticket_id="T-4", verdict="review", reasons=doubt("total_uncertain", "total")),
        row(ticket_id="T-5", verdict="review", total=None, reasons=doubt("total_missing", "total")),
        row(ticket_id="T-6", verdict="review", reasons=doubt("duplicate_likely"), duplicate_of="T-1"),
    ]
    assert batch_text.compose(told, ["T-7"]).splitlines() == [
        "He registrado 1 de 7 tickets:",
        "✅ Bar Sol, S.L. · 20/11/2026 · 12,10\xa0€ (T-1)",
        f"🟡 {'x' * 39}… · sin leer · 12,10\xa0€ (T-2): una persona lo revisará. No se lee la fecha.",
        "❌ T-3: No parece un ticket. Envía una foto del ticket entero, de frente y sin otras cosas.",
        (
            "🟡 Bar Sol, S.L. · 20/11/2026 · 12,10\xa0€: responde «T-4 sí» si es correcto, o «T-4» y el total. "
            "El total no se lee con seguridad."
        ),
        "🟡 Bar Sol, S.L. · 20/11/2026 · sin leer: responde «T-5» y el total.",
        "🔁 Bar Sol, S.L. · 20/11/2026 · 12,10\xa0€ (T-6): parece el mismo que T-1; una persona lo revisará.",
        "⏳ T-7: aún no lo he podido procesar; te avisaré.",
    ]


@pytest.mark.parametrize(("said", "kind"), [("{} sí", "yes"), ("{} 12,50", "amount"), ("{}, 12,50 €", "amount")])
def test_what_the_summary_asks_for_is_understood(said, kind):
    found = reply_text.read(said.format(TICKETS[0]), "EUR")
    assert (found.kind, found.reference) == (kind, TICKETS[0])


def test_a_burst_without_doubts_says_so_first(row):
    head, *lines = batch_text.compose([row(ticket_id=f"T-{number}") for number in range(4)], []).splitlines()
    assert head == "✅ He registrado 4 tickets:"
    assert len(lines) == 4
