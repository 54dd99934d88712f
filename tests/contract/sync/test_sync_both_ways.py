"""What a sync does on both sides, against the sandbox's portal."""

import csv
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from synckit import Sync

from kit import db, task
from leads import sync as sync_task


def soon() -> datetime:
    return datetime.now(UTC) + timedelta(hours=1)


def test_the_first_run_brings_every_contact_and_sends_every_lead(sync: Sync):
    contacts = sync.portal.seed(count=250)
    leads = [sync.add_lead(f"n{n}", email=f"neu{n}@ejemplo.es", first_name=f"Neu {n}") for n in range(120)]
    found = sync.run()
    assert (found["mode"], found["counts"]["added"], found["counts"]["created"]) == ("full", 250, 120)
    assert found["calls"] == {"list": 3, "upsert": 2}
    assert sync.leads() == len(contacts) + len(leads)
    sync.equal_sides()


def test_a_second_run_without_changes_moves_nothing(sync: Sync):
    sync.portal.seed(count=3)
    sync.add_lead("a", email="a@ejemplo.es")
    sync.run()
    before = sync.log()
    again = sync.run()
    assert (again["mode"], again["counts"]) == ("changes", {})
    assert again["calls"] == {"search": 1, "archived": 1}
    assert sync.log() == before


def test_changes_of_both_sides_travel(sync: Sync):
    theirs, ours = sync.portal.seed({"email": "a@ejemplo.es"}, {"email": "b@ejemplo.es"})
    sync.run()
    sync.portal.edit(theirs, firstname="Ana", phone="+34600000001")
    lead = sync.lead_of(ours)
    sync.change(lead["lead_id"], locale="es_MX", first_name="Berta")
    found = sync.run()
    assert found["counts"] == {"pulled": 1, "pushed": 1}
    assert sync.lead_of(theirs)["properties"]["first_name"] == "Ana"
    assert sync.lead_of(theirs)["phone"] == "+34600000001"
    assert sync.contact(ours)["manychat_locale"] == "es_MX"
    sync.equal_sides()


def test_a_lead_and_a_contact_of_one_address_become_one(sync: Sync):
    (contact,) = sync.portal.seed({"email": "Ana@Ejemplo.es", "firstname": "Ana María"})
    lead = sync.add_lead("ana", email="ana@ejemplo.es", first_name="ana", manychat_id="77", locale="es")
    sync.run()
    found = sync.lead(lead)
    assert (found["hubspot_id"], found["properties"]["first_name"]) == (contact, "Ana María")
    assert sync.contact(contact)["manychat_id"] == "77"
    sync.equal_sides()


def test_a_contact_that_came_meanwhile_is_found_before_it_is_written(sync: Sync):
    sync.run()
    sync.sandbox.configure(hubspot={"per_ten_seconds": 0, "search_per_second": 0, "search_lag_s": 3600})
    (contact,) = sync.portal.seed({"email": "ana@ejemplo.es", "firstname": "Ana María"})
    lead = sync.add_lead("ana", email="ana@ejemplo.es", first_name="Anita")
    sync.run()
    assert sync.lead(lead)["hubspot_id"] == contact
    assert sync.contact(contact)["firstname"] == "Ana María"


def test_a_conflict_is_decided_by_its_property(sync: Sync):
    (contact,) = sync.portal.seed({"email": "a@ejemplo.es", "manychat_locale": "es"})
    sync.run()
    lead = sync.lead_of(contact)["lead_id"]
    sync.portal.edit(contact, manychat_locale="en")
    sync.change(lead, soon(), locale="fr")
    sync.run()
    assert sync.contact(contact)["manychat_locale"] == "fr"
    sync.portal.edit(contact, manychat_locale="pt")
    sync.change(lead, datetime(2026, 1, 1, tzinfo=UTC), locale="it")
    sync.run()
    assert sync.lead(lead)["properties"]["locale"] == "pt"
    assert ("conflict", "manychat_locale", "ours_wins") in sync.log()
    assert ("conflict", "manychat_locale", "hubspot_wins") in sync.log()


def test_what_is_better_there_is_not_overwritten(sync: Sync):
    (contact,) = sync.portal.seed({"email": "a@ejemplo.es", "firstname": "Ana María"})
    sync.run()
    lead = sync.lead_of(contact)["lead_id"]
    sync.change(lead, soon(), first_name="ana")
    sync.run()
    assert sync.contact(contact)["firstname"] == "Ana María"
    assert sync.lead(lead)["properties"]["first_name"] == "Ana María"


def test_deleted_and_restored_contacts_are_followed(sync: Sync):
    kept, lost = sync.portal.seed({"email": "a@ejemplo.es"}, {"email": "b@ejemplo.es"})
    sync.run()
    sync.portal.archive(lost)
    assert sync.run()["counts"] == {"gone": 1}
    lead = sync.lead_of(lost)
    assert lead["state"] == "deleted"
    sync.change(lead["lead_id"], first_name="Berta")
    assert "pushed" not in sync.run()["counts"]
    assert sync.lead_of(kept)["state"] == "synced"
    sync.portal.restore(lost)
    assert sync.run()["counts"]["linked"] == 1
    assert sync.lead_of(lost)["state"] == "synced"
    sync.equal_sides()


def test_a_full_run_follows_deletions_without_the_bin(sync: Sync):
    _, lost = sync.portal.seed({"email": "a@ejemplo.es"}, {"email": "b@ejemplo.es"})
    sync.run()
    sync.portal.archive(lost)
    found = sync.run(full=True)
    assert (found["mode"], found["counts"]) == ("full", {"gone": 1})
    assert found["calls"] == {"list": 1, "read": 1}


def test_a_contact_that_was_deleted_for_good_is_missed_by_a_full_run(sync: Sync):
    (lost,) = sync.portal.seed({"email": "a@ejemplo.es"})
    sync.run()
    sync.portal.archive(lost, forever=True)
    assert "gone" not in sync.run()["counts"]
    assert sync.run(full=True)["counts"] == {"gone": 1}
    assert sync.lead_of(lost)["state"] == "deleted"


def test_merged_contacts_become_one_lead(sync: Sync):
    left, other = sync.portal.seed({"email": "a@ejemplo.es"}, {"email": "b@ejemplo.es", "phone": "+34600000009"})
    sync.run()
    loser = sync.lead_of(other)["lead_id"]
    sync.portal.merge(left, other)
    found = sync.run()
    assert found["counts"]["merged"] == 1
    assert sync.lead(loser) is None
    assert sync.lead_of(left)["phone"] == "+34600000009"
    owners = db.fetch_all(sync.conn, "select distinct lead_id from leads.identities")
    assert [row["lead_id"] for row in owners] == [sync.lead_of(left)["lead_id"]]
    assert "gone" not in sync.run()["counts"]


def test_a_refused_property_is_left_out_told_and_tried_again(sync: Sync):
    lead = sync.add_lead("a", email="a@ejemplo.es", channel="carrier pigeon", first_name="Ana")
    found = sync.run()
    assert (found["counts"]["created"], found["counts"]["refused"]) == (1, 1)
    contact = sync.lead(lead)["hubspot_id"]
    assert sync.contact(contact)["firstname"] == "Ana"
    assert ("refused", "manychat_channel", "refused_properties") in sync.log()
    assert sync.run()["counts"]["refused"] == 1
    assert sync.troubles() == [("property_refused", "manychat_channel", "INVALID_OPTION")]
    sync.change(lead, channel="whatsapp")
    sync.run()
    assert sync.contact(contact)["manychat_channel"] == "whatsapp"
    assert sync.run()["counts"] == {}


def test_one_bad_lead_hinders_no_other_of_a_refused_batch(sync: Sync):
    limits = {"per_ten_seconds": 0, "search_per_second": 0}
    sync.sandbox.configure(hubspot=limits | {"partial_email_upsert": False})
    for n in range(9):
        sync.add_lead(f"n{n}", email=f"n{n}@ejemplo.es", channel="carrier pigeon" if n == 4 else "whatsapp")
    found = sync.run()
    assert (found["counts"]["created"], found["counts"]["refused"]) == (9, 1)
    sync.sandbox.configure(hubspot=limits | {"partial_email_upsert": True})


def test_two_people_of_one_contact_are_reported_and_not_guessed(sync: Sync):
    (contact,) = sync.portal.seed({"email": "a@ejemplo.es", "manychat_id": "2"})
    ana = sync.add_lead("a", email="a@ejemplo.es", first_name="Ana")
    berta = sync.add_lead("b", manychat_id="2", first_name="Berta")
    assert sync.run()["counts"] == {"clash": 1}
    assert set(sync.run()["counts"]) == {"clash"}
    assert "firstname" not in sync.contact(contact)
    assert sync.troubles() == [("sync_unclear", "", contact)] * 2
    sync.portal.edit(contact, manychat_id="")
    assert sync.run()["counts"] == {"linked": 1, "pushed": 1, "created": 1}
    assert sync.lead(ana)["hubspot_id"] == contact != sync.lead(berta)["hubspot_id"]


def test_a_dry_run_shows_the_plan_and_changes_nothing(sync: Sync):
    contact, _ = sync.portal.seed({"email": "a@ejemplo.es"}, {"email": "b@ejemplo.es"})
    sync.run()
    sync.portal.edit(contact, firstname="Ana")
    sync.portal.seed({"email": "c@ejemplo.es"})
    sync.add_lead("d", email="d@ejemplo.es", locale="es")
    sync.change(sync.lead_of(contact)["lead_id"], locale="fr")
    before = (sync.portal.contacts(), sync.leads(), sync.log())
    planned = sync.run(dry_run=True)
    assert (sync.portal.contacts(), sync.leads(), sync.log()) == before
    lines = list(csv.DictReader(Path(sync_task.PLAN).read_text().splitlines()))
    assert sorted(line["action"] for line in lines) == ["added", "created", "pulled", "pushed"]
    assert "Ana" not in Path(sync_task.PLAN).read_text()
    assert sync.run()["counts"] == planned["counts"]


def test_one_sync_at_a_time(sync: Sync):
    with db.connect() as other:
        assert db.fetch_one(other, "select pg_advisory_lock(hashtextextended('leads:sync', 0))")
        found = sync_task.run(sync_task.Inputs(), task.Context())
    assert found["outcome"]["code"] == "already_running"
    assert sync.calls() == []


def test_more_contacts_than_a_search_shows(sync: Sync):
    """Pages begin behind the last id, so the cap of one search is never met."""
    sync.run()
    sync.sandbox.configure(hubspot={"per_ten_seconds": 0, "search_per_second": 0, "search_most": 200})
    sync.portal.seed(count=900)
    found = sync.run()
    assert found["counts"]["added"] == 900
    assert found["calls"]["search"] == 5


@pytest.mark.parametrize("mode", ["changes", "full"])
def test_an_outage_in_the_middle_is_gone_on_with(sync: Sync, mode: str):
    full = mode == "full"
    sync.run()
    sync.portal.seed(count=500)
    route = "contacts.list" if full else "contacts.search"
    sync.sandbox.fault("hubspot", route, "status", status=400, skip=2)
    with pytest.raises(Exception, match="HubSpot"):
        sync.run(full=full)
    sync.sandbox.clear_faults()
    there = sync.leads()
    assert 0 < there < 500
    found = sync.run()
    assert found["mode"] == mode
    assert sync.leads() == 500
    sync.equal_sides()


def test_what_we_wrote_ourselves_may_be_written_again(sync: Sync):
    lead = sync.add_lead("a", email="a@ejemplo.es", first_name="Ana")
    sync.run()
    contact = sync.lead(lead)["hubspot_id"]
    sync.change(lead, soon(), first_name="Ana María")
    sync.run()
    assert sync.contact(contact)["firstname"] == "Ana María"
    sync.portal.edit(contact, firstname="Anita")
    sync.run()
    sync.change(lead, soon(), first_name="Ana María")
    sync.run()
    assert sync.contact(contact)["firstname"] == sync.lead(lead)["properties"]["first_name"] == "Anita"


def test_a_search_that_lags_behind_does_not_undo_what_was_written(sync: Sync):
    (contact,) = sync.portal.seed({"email": "a@ejemplo.es", "manychat_locale": "es"})
    sync.run()
    lead = sync.lead_of(contact)["lead_id"]
    sync.sandbox.configure(hubspot={"per_ten_seconds": 0, "search_per_second": 0, "search_lag_s": 3600})
    sync.change(lead, soon(), locale="fr")
    sync.run()
    sync.run()
    assert sync.contact(contact)["manychat_locale"] == sync.lead(lead)["properties"]["locale"] == "fr"
