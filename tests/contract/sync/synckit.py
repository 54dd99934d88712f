"""What the sync's tests do again and again: people on both sides, a run, and what it left."""

import json
from datetime import UTC, datetime
from typing import Any

from adapters import hubspot
from kit import dates, db, ids, settings, task
from leads import mapping, sync
from local.providers.client import SandboxClient

LONG_AGO = "2026-01-01T00:00:00Z"


class Sync:
    """Our leads, and the portal."""

    def __init__(self, sandbox: SandboxClient, dsn: str) -> None:
        self.sandbox = sandbox
        self.portal = sandbox.hubspot
        self.conn = db.connect(dsn)

    def close(self) -> None:
        self.conn.close()

    def define_properties(self) -> None:
        """Create those of the map that HubSpot does not bring along."""
        client = hubspot.Client(settings.get())
        for item in mapping.load().properties:
            if item.define:
                client.create_property({"name": item.property, **item.define})

    def run(self, **inputs: Any) -> dict[str, Any]:
        found = sync.run(sync.Inputs(**inputs), task.Context(execution_id="syncing"))
        assert found.get("outcome", {"code": "ok"})["code"] == "ok", found
        return found

    def add_lead(self, name: str, at: str = LONG_AGO, **properties: str) -> str:
        """A lead that a bot told of."""
        lead_id = ids.lead_id(name)
        stamps = {field: {"at": at, "key": name, "by": "manychat"} for field in properties}
        row = {"lead_id": lead_id, "properties": json.dumps(properties), "stamps": json.dumps(stamps)}
        columns = {key: properties.get(key) for key in ("email", "phone", "manychat_id")}
        db.execute(
            self.conn,
            "insert into leads.leads (lead_id, email, phone, manychat_id, properties, stamps) "
            "values (%(lead_id)s, %(email)s, %(phone)s, %(manychat_id)s, %(properties)s, %(stamps)s)",
            row | columns,
        )
        for kind, key in (("email", "email"), ("manychat", "manychat_id")):
            if columns[key]:
                db.execute(self.conn, "insert into leads.identities values (%s, %s, %s)", (kind, columns[key], lead_id))
        return lead_id

    def change(self, lead_id: str, at: datetime | None = None, **properties: str) -> None:
        """Our side learns something, as by an event of the bot."""
        stamp = {"at": dates.to_iso(at or datetime.now(UTC)), "key": "later", "by": "manychat"}
        db.execute(
            self.conn,
            "update leads.leads set properties = properties || %s, stamps = stamps || %s, "
            "email = coalesce(%s, email), updated_at = clock_timestamp() where lead_id = %s",
            (
                json.dumps(properties),
                json.dumps(dict.fromkeys(properties, stamp)),
                properties.get("email"),
                lead_id,
            ),
        )

    def lead(self, lead_id: str) -> dict[str, Any] | None:
        return db.fetch_one(self.conn, "select * from leads.leads where lead_id = %s", (lead_id,))

    def lead_of(self, contact_id: str) -> dict[str, Any] | None:
        return db.fetch_one(self.conn, "select * from leads.leads where hubspot_id = %s", (contact_id,))

    def leads(self) -> int:
        row = db.fetch_one(self.conn, "select count(*) as count from leads.leads")
        assert row
        return int(row["count"])

    def log(self) -> list[tuple[Any, ...]]:
        rows = db.fetch_all(self.conn, "select action, properties, code from leads.sync_log order by log_id")
        return [(row["action"], *row["properties"], *([row["code"]] if row["code"] else [])) for row in rows]

    def troubles(self) -> list[tuple[str, str, str]]:
        rows = db.fetch_all(self.conn, "select code, property, detail from leads.troubles order by trouble_id")
        return [(row["code"], row["property"], row["detail"]) for row in rows]

    def contact(self, contact_id: str) -> dict[str, str]:
        return next(one["properties"] for one in self.portal.contacts() if one["id"] == contact_id)

    def calls(self) -> list[str]:
        """The routes that were called at HubSpot since the sandbox was emptied, in order, definitions left out."""
        return [call["route"] for call in self.sandbox.calls("hubspot") if "propert" not in call["route"]]

    def equal_sides(self) -> None:
        """Every living contact is one lead with the same values."""
        property_map = mapping.load()
        living = {one["id"]: one["properties"] for one in self.portal.contacts() if one["archived"] is None}
        rows = db.fetch_all(self.conn, "select * from leads.leads where state <> 'deleted'")
        assert sorted(row["hubspot_id"] for row in rows) == sorted(living)
        for row in rows:
            contact = living[row["hubspot_id"]]
            for item in property_map.properties:
                if item.field and item.mode != "on_create":
                    ours = item.outward(row["properties"]) or ""
                    assert ours == (contact.get(item.property) or ""), (row["lead_id"], item.property)
