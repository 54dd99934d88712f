"""Whose event it is, in Postgres."""

import itertools
import json

import pytest

from kit import db
from leads import inbox, mapping, normalise, people, queries, webhook

MAP = mapping.load()


def _event(number, minute, **fields):
    body = {"request_id": f"r{number}", "last_interaction": f"2026-11-21T10:{minute:02}:00Z", **fields}
    return webhook.parse(json.dumps(body).encode())


EVENTS = (
    _event(1, 1, id="7", first_name="Ana", utm_source="ads"),
    _event(2, 2, id="7", email="ana@ejemplo.es", phone="600111222", utm_source="bot"),
    _event(3, 3, id="8", email="ana@ejemplo.es", first_name="Anna", consent="sí"),
    _event(4, 3, id="8", email="ana@ejemplo.es", first_name="Ane"),
)


def _take(conn, *events):
    for event in events:
        inbox.store(conn, event, "e1", 0.0)
    with db.transaction(conn):
        rows = [
            {
                "key": event.key,
                "lead": normalise.lead(event.raw).model_dump(mode="json"),
                "happened_at": event.happened_at,
            }
            for event in events
        ]
        return people.gather(conn, rows, MAP)


def _all(conn):
    return db.fetch_all(conn, "select * from leads.leads order by created_at")


def test_events_of_one_person_make_one_row(conn):
    found = _take(conn, *EVENTS[:3])
    assert len(found) == 1
    assert found[0].keys == [event.key for event in EVENTS[:3]]
    (row,) = _all(conn)
    assert (row["manychat_id"], row["email"], row["phone"]) == ("8", "ana@ejemplo.es", "+34600111222")
    assert row["properties"]["first_name"] == "Anna"
    assert row["properties"]["utm_source"] == "ads"
    kinds = db.fetch_all(conn, "select kind, value from leads.identities order by 1, 2")
    assert [(kind["kind"], kind["value"]) for kind in kinds] == [
        ("email", "ana@ejemplo.es"),
        ("manychat", "7"),
        ("manychat", "8"),
    ]


@pytest.mark.parametrize("order", list(itertools.permutations((0, 1, 2, 3)))[::5])
def test_the_order_of_a_persons_events_does_not_matter(conn, order):
    """All but those orders in which an id is first seen without what links it to the person."""
    first = EVENTS[1]
    for number in (*order, *order[:2]):
        _take(conn, first, EVENTS[number])
    (row,) = _all(conn)
    winner = max(EVENTS[2:], key=lambda event: event.key).raw["first_name"]
    assert row["properties"]["first_name"] == winner
    assert row["properties"]["utm_source"] == "ads" if 0 in order else "bot"
    assert row["properties"]["consent"] == "true"


def test_an_id_of_somebody_else_is_reported_and_stays_there(conn):
    (ana,) = _take(conn, _event(1, 1, id="7"))
    (eva,) = _take(conn, _event(2, 2, id="9", email="eva@ejemplo.es"))
    (again,) = _take(conn, _event(3, 3, id="7", email="eva@ejemplo.es"))
    assert again.lead_id == eva.lead_id
    assert again.troubles == [people.Trouble("id_of_another", "manychat_id", ana.lead_id)]
    assert [row["manychat_id"] for row in _all(conn)] == ["7", "9"]


def test_a_shared_telephone_is_reported(conn):
    (ana,) = _take(conn, _event(1, 1, id="7", email="ana@ejemplo.es", phone="600111222"))
    (eva,) = _take(conn, _event(2, 2, id="9", email="eva@ejemplo.es", phone="+34 600 111 222"))
    assert eva.troubles == [people.Trouble("phone_of_another", "phone", ana.lead_id)]


def test_an_event_is_stored_once(conn):
    assert inbox.store(conn, EVENTS[0], "e1", 0.0)
    assert inbox.store(conn, EVENTS[0], "e1", 0.0)
    assert not inbox.store(conn, EVENTS[0], "e2", 0.0)
    (row,) = db.fetch_all(conn, "select deliveries, execution_id from leads.inbox")
    assert (row["deliveries"], row["execution_id"]) == (2, "e1")
    assert queries.one(conn, "waiting_events")["events"] == 1
