"""HubSpot's bad hour: leads wait, nobody storms it, and nothing is lost or doubled."""

import pytest

from kit import db


def _open_gate(leads):
    """The wait is over."""
    db.execute(leads.conn, "update leads.gate set until = clock_timestamp()")
    db.execute(leads.conn, "delete from ops.breakers")


@pytest.mark.parametrize(
    ("route", "kind", "more"),
    [("*", "status", {"status": 503}), ("*", "reset", {"after_apply": True}), ("*", "html", {"after_apply": True})],
)
def test_leads_wait_and_are_written_once(leads, route, kind, more):
    leads.sandbox.fault("hubspot", route, kind, **more)
    keys = [leads.post(id=number, email=f"l{number}@ejemplo.es", utm_source="ads") for number in range(3)]
    made = leads.collect()
    assert made.state == "deferred"
    assert made.wait_s > 0
    calls = leads.calls()
    leads.post(id=9, email="l9@ejemplo.es")
    assert leads.collect("e2").state == "deferred"
    assert leads.calls() == calls
    leads.sandbox.clear_faults()
    _open_gate(leads)
    assert leads.collect("e3").events == 4
    assert [leads.event(key)["state"] for key in keys] == ["done"] * 3
    assert leads.contacts() == 4
    assert leads.rows("select failures from leads.gate") == [{"failures": 0}]


def test_a_token_that_is_refused_is_told_once(leads):
    leads.sandbox.fault("hubspot", "*", "status", status=401)
    key = leads.post(id=1, email="ana@ejemplo.es")
    made = leads.collect()
    assert (made.state, made.alarm) == ("deferred", True)
    _open_gate(leads)
    assert not leads.collect().alarm
    assert leads.event(key)["state"] == "waiting"


def test_a_limit_makes_the_gate_wait_as_long_as_hubspot_asks(leads):
    leads.sandbox.configure(hubspot={"per_ten_seconds": 1})
    leads.post(id=1, email="ana@ejemplo.es")
    leads.collect()
    leads.post(id=2, email="eva@ejemplo.es")
    made = leads.collect()
    assert made.state == "deferred"
    assert made.wait_s >= 4
