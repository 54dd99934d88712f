"""The contacts of the portal: reading, making, changing, archiving and merging them, each change told to webhooks."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from local.providers.hubspot import errors, values
from local.providers.hubspot.catalogue import STAGES
from local.providers.hubspot.state import EMAIL, FURTHER_EMAILS, PART, Contact, HubSpotState

if TYPE_CHECKING:
    from collections.abc import Sequence

    from local.providers.hubspot.webhooks import Webhooks
    from local.providers.world import World

PORTAL_ID = 147_000_000
ALWAYS = ("hs_object_id", "createdate", "lastmodifieddate")
USUAL = (*ALWAYS, "email", "firstname", "lastname")
BY_APP, BY_PERSON = "INTEGRATION", "CRM_UI"


class Portal:
    """What one may do with contacts; every method refuses by raising ``errors.Refused``."""

    def __init__(self, world: World, webhooks: Webhooks) -> None:
        """For one sandbox."""
        self.world = world
        self._webhooks = webhooks

    @property
    def state(self) -> HubSpotState:
        """The HubSpot part."""
        return self.world.store.part(PART, HubSpotState)

    def find(self, value: str, id_property: str | None) -> Contact | None:
        """The living contact by its id, or by the value of a unique property."""
        if id_property and id_property != "hs_object_id":
            if id_property not in self.state.unique_names():
                raise errors.Refused(f"Property '{id_property}' is not a unique identifier property")
            return self.state.owner(id_property, value)
        found = self.state.contact(value)
        return found if found and found.archived is None else None

    def get(self, value: str, id_property: str | None) -> Contact:
        """The same; 404 when there is none."""
        found = self.find(value, id_property)
        if found is None:
            raise errors.gone()
        return found

    def create(self, properties: dict[str, Any], source: str = BY_APP) -> Contact:
        """Make a contact."""
        state, now = self.state, self.world.clock.now()
        cleaned = self._checked(None, properties)
        self._required(cleaned)
        ms = now * 1000
        made = {
            **{name: value for name, value in cleaned.items() if value},
            "hs_object_id": str(state.next_id),
            "createdate": values.iso(ms),
            "lastmodifieddate": values.iso(ms),
        }
        made.setdefault("lifecyclestage", "lead")
        contact = state.add(Contact(id=str(state.next_id), properties=made, created=now, updated=now))
        state.next_id += 1
        contact.changed(None, now, self.world.config.hubspot.search_lag_s)
        self._webhooks.tell("contact.creation", contact.id, source)
        self._tell_changes(contact, {name: made[name] for name in cleaned if made.get(name)}, source)
        self.world.store.touch(PART)
        return contact

    def update(self, contact: Contact, properties: dict[str, Any], source: str = BY_APP) -> Contact:
        """Change properties; an empty text clears one. Nothing is noted when all are as they were."""
        cleaned = self._checked(contact, properties)
        changes = {name: value for name, value in cleaned.items() if contact.properties.get(name, "") != value}
        if not changes:
            return contact
        now, before = self.world.clock.now(), dict(contact.properties)
        self.state.forget(contact)
        contact.properties = {name: value for name, value in (before | changes).items() if value}
        self._stamp(contact, before, now)
        self.state.index(contact)
        self._tell_changes(contact, changes, source)
        return contact

    def archive(self, contact: Contact, source: str = BY_APP) -> None:
        """Move a contact to the bin; its e-mail is free again."""
        now = self.world.clock.now()
        self.state.forget(contact)
        contact.archived = now
        self._stamp(contact, dict(contact.properties), now)
        self._webhooks.tell("contact.deletion", contact.id, source)

    def restore(self, contact_id: str, source: str = BY_PERSON) -> Contact:
        """Bring a contact back from the bin, unless its e-mail has another contact by now."""
        contact = self.state.contacts.get(contact_id)
        if contact is None or contact.archived is None or contact_id in self.state.merged:
            raise errors.gone()
        owner = self.state.owner(EMAIL, contact.properties.get(EMAIL, ""))
        if owner:
            raise errors.exists(owner.id)
        contact.archived = None
        self._stamp(contact, dict(contact.properties), self.world.clock.now())
        self.state.index(contact)
        self._webhooks.tell("contact.restore", contact.id, source)
        return contact

    def purge(self, contact: Contact, source: str = BY_PERSON) -> None:
        """Delete a person for good, as a request under the GDPR asks."""
        self.state.remove(contact)
        self.world.store.touch(PART)
        self._webhooks.tell("contact.privacyDeletion", contact.id, source)

    def merge(self, primary: Contact, other: Contact, source: str = BY_APP) -> Contact:
        """The primary keeps its id and its values, and takes what it lacks; the other's id leads to it from then on."""
        if primary.id == other.id:
            raise errors.Refused("A contact cannot be merged with itself.")
        now, before = self.world.clock.now(), dict(primary.properties)
        self.state.forget(other)
        self.state.forget(primary)
        other.archived = now
        self._stamp(other, dict(other.properties), now)
        further = [value for value in (other.properties.get(EMAIL), before.get(FURTHER_EMAILS)) if value]
        primary.properties = {**other.properties, **before}
        if further:
            primary.properties[FURTHER_EMAILS] = ";".join(further)
        primary.merged = [*primary.merged, *other.merged, other.id]
        primary.properties["hs_merged_object_ids"] = ";".join(primary.merged)
        self.state.merged[other.id] = primary.id
        self._stamp(primary, before, now)
        self.state.index(primary)
        facts = {
            "primaryObjectId": int(primary.id),
            "mergedObjectIds": [int(other.id)],
            "newObjectId": int(primary.id),
            "numberOfPropertiesMoved": len(primary.properties.keys() - before.keys()),
        }
        self._webhooks.tell("contact.merge", primary.id, source, **facts)
        return primary

    def shown(self, contact: Contact, wanted: Sequence[str] | None = None) -> dict[str, Any]:
        """A contact as the API answers it: what was asked for, the usual few, or (after a write) all that is set."""
        names = [*ALWAYS, *wanted] if wanted else [*USUAL, *contact.properties] if wanted is None else USUAL
        known = self.state.definitions
        body: dict[str, Any] = {
            "id": contact.id,
            "properties": {name: contact.properties.get(name) for name in names if name in known},
            "createdAt": values.iso(contact.created * 1000),
            "updatedAt": values.iso(contact.updated * 1000),
            "archived": contact.archived is not None,
        }
        return body | ({"archivedAt": values.iso(contact.archived * 1000)} if contact.archived is not None else {})

    def _checked(self, contact: Contact | None, properties: dict[str, Any]) -> dict[str, str]:
        """The values as they will be kept."""
        known = self.state.definitions
        given = {name: values.as_text(value) for name, value in properties.items()}
        problems = [values.problem(known.get(name), name, value, PORTAL_ID) for name, value in given.items()]
        cleaned = {} if any(problems) else {name: values.clean(known[name], value) for name, value in given.items()}
        problems += [self._taken(contact, name, value) for name, value in cleaned.items()]
        if found := [problem for problem in problems if problem]:
            raise errors.invalid(found)
        return self._forward(contact, cleaned)

    def _taken(self, contact: Contact | None, name: str, value: str) -> dict[str, Any] | None:
        """A unique value that another contact has; for an e-mail the answer is a conflict."""
        owner = self.state.owner(name, value) if value and self.state.definitions[name].hasUniqueValue else None
        if owner is None or (contact and owner.id == contact.id):
            return None
        if name == EMAIL:
            raise errors.exists(owner.id)
        me = contact.id if contact else "0"
        said = (
            f"Cannot set PropertyValueCoordinates{{portalId={PORTAL_ID}, objectTypeId=0-1, objectId={me},"
            f" propertyName={name}, value={value}}} on {me}. {owner.id} already has that value."
        )
        return {"isValid": False, "message": said, "error": "CONFLICTING_UNIQUE_VALUE", "name": name}

    def _forward(self, contact: Contact | None, cleaned: dict[str, str]) -> dict[str, str]:
        """A lifecycle stage goes forward only, unless it was cleared before."""
        stage, before = cleaned.get("lifecyclestage"), contact.properties.get("lifecyclestage") if contact else None
        if stage not in STAGES or before not in STAGES or STAGES.index(stage) >= STAGES.index(before):
            return cleaned
        if self.world.config.hubspot.lifecycle_backwards == "refuse":
            said = f"The lifecycle stage cannot be set backwards from {before} to {stage}."
            problem = {"isValid": False, "message": said, "error": "INVALID_LIFECYCLE_STAGE", "name": "lifecyclestage"}
            raise errors.invalid([problem])
        return {name: value for name, value in cleaned.items() if name != "lifecyclestage"}

    def _required(self, cleaned: dict[str, str]) -> None:
        if missing := [name for name in self.world.config.hubspot.required if not cleaned.get(name)]:
            problems = [
                {
                    "isValid": False,
                    "message": f'Property "{name}" is required',
                    "error": "REQUIRED_PROPERTY",
                    "name": name,
                }
                for name in missing
            ]
            raise errors.invalid(problems)

    def _stamp(self, contact: Contact, before: dict[str, str], now: float) -> None:
        contact.updated = now
        contact.properties["lastmodifieddate"] = values.iso(now * 1000)
        contact.changed(before, now, self.world.config.hubspot.search_lag_s)
        self.world.store.touch(PART)

    def _tell_changes(self, contact: Contact, changes: dict[str, str], source: str) -> None:
        for name, value in changes.items():
            self._webhooks.tell("contact.propertyChange", contact.id, source, propertyName=name, propertyValue=value)
