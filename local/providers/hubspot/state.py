"""What a portal keeps: contacts with indexes by e-mail and by each unique property, and definitions of properties."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, PrivateAttr

from local.providers.hubspot.catalogue import DEFAULTS, GROUPS

if TYPE_CHECKING:
    from collections.abc import Iterator

PART = "hubspot"
FIRST_ID = 151
# One unique value among all contacts that live; further e-mails of merged contacts lead to the one that is left.
EMAIL = "email"
FURTHER_EMAILS = "hs_additional_emails"

Kind = Literal["string", "number", "date", "datetime", "enumeration", "bool"]


class Option(BaseModel):
    """One value of an enumeration."""

    label: str
    value: str
    displayOrder: int = -1  # noqa: N815 - HubSpot's own name
    hidden: bool = False
    description: str = ""


class Definition(BaseModel):
    """A property, by HubSpot's own names."""

    model_config = ConfigDict(extra="ignore")

    name: str
    label: str
    type: Kind = "string"
    fieldType: str = "text"  # noqa: N815 - HubSpot's own names
    groupName: str = "contactinformation"  # noqa: N815
    description: str = ""
    options: list[Option] = Field(default_factory=list)
    hasUniqueValue: bool = False  # noqa: N815
    hidden: bool = False
    formField: bool = True  # noqa: N815
    displayOrder: int = -1  # noqa: N815
    hubspotDefined: bool = False  # noqa: N815
    readOnly: bool = False  # noqa: N815
    created: float = 0


class Contact(BaseModel):
    """A contact; times in seconds. ``_versions`` are what the search does not know yet: from when, and what."""

    id: str
    properties: dict[str, str]
    created: float
    updated: float
    archived: float | None = None
    merged: list[str] = Field(default_factory=list)
    _versions: list[tuple[float, dict[str, str] | None]] = PrivateAttr(default_factory=list)

    def changed(self, before: dict[str, str] | None, now: float, lag_s: float) -> None:
        """Note that the search sees what was before until the lag is over."""
        if lag_s:
            versions = self._versions or [(0.0, before)]
            self._versions = [*versions, (now + lag_s, dict(self.properties))]

    def seen(self, now: float) -> dict[str, str] | None:
        """The properties as the search knows them; None when it does not know the contact yet."""
        if not self._versions:
            return self.properties
        known = [properties for since, properties in self._versions if since <= now]
        if len(known) == len(self._versions):
            self._versions = []
        return known[-1]


class Target(BaseModel):
    """Where webhooks go, the app's secret, and the address that is signed when it is another one (a public one)."""

    url: str
    secret: str
    signed_url: str | None = None
    subscriptions: list[str] = Field(
        default=[
            "contact.creation",
            "contact.propertyChange",
            "contact.deletion",
            "contact.restore",
            "contact.merge",
            "contact.privacyDeletion",
        ]
    )
    properties: list[str] | None = Field(None, description="Of which propertyChange is told; None: of all.")


class Delivery(BaseModel):
    """One post of events (``status`` 0: no answer)."""

    at: float
    url: str
    kind: str
    events: list[dict[str, Any]]
    status: int
    elapsed_ms: float
    attempts: int = 1
    answer: str = ""


class HubSpotState(BaseModel):
    """The whole part."""

    contacts: dict[str, Contact] = Field(default_factory=dict)
    definitions: dict[str, Definition] = Field(
        default_factory=lambda: {item["name"]: Definition(**item, hubspotDefined=True) for item in DEFAULTS}
    )
    groups: dict[str, str] = Field(default_factory=lambda: dict(GROUPS))
    merged: dict[str, str] = Field(default_factory=dict, description="Ids that led to another contact by a merge.")
    next_id: int = FIRST_ID
    next_event: int = 1
    target: Target | None = None
    deliveries: list[Delivery] = Field(default_factory=list)
    _unique: dict[str, dict[str, str]] = PrivateAttr(default_factory=dict)
    _order: list[int] = PrivateAttr(default_factory=list)
    _version: int = PrivateAttr(default=0)

    def model_post_init(self, _context: Any) -> None:
        """Build the indexes of what was kept on disk."""
        for contact in self.contacts.values():
            self._order.append(int(contact.id))
            self.index(contact)
        self._order.sort()

    @property
    def version(self) -> int:
        """Another number after each change of a contact."""
        return self._version

    @property
    def order(self) -> list[int]:
        """The ids of all contacts, the archived ones included, ascending."""
        return self._order

    def add(self, contact: Contact) -> Contact:
        """Keep a new contact, whose id is the highest."""
        self.contacts[contact.id] = contact
        self._order.append(int(contact.id))
        self.index(contact)
        return contact

    def remove(self, contact: Contact) -> None:
        """Forget a contact altogether; its id is never given again."""
        self.forget(contact)
        del self.contacts[contact.id]
        self._order.remove(int(contact.id))

    def unique_names(self) -> list[str]:
        """Names of the properties whose values are unique."""
        return [name for name, definition in self.definitions.items() if definition.hasUniqueValue]

    def owner(self, name: str, value: str) -> Contact | None:
        """The living contact with a value of a unique property; of an e-mail also a further one."""
        found = self._unique.get(name, {}).get(value.strip().lower())
        return self.contacts[found] if found else None

    def contact(self, contact_id: str) -> Contact | None:
        """A contact by its id, or by that of one merged into it."""
        while contact_id in self.merged:
            contact_id = self.merged[contact_id]
        return self.contacts.get(contact_id)

    def index(self, contact: Contact) -> None:
        """Enter the unique values of a contact, if it lives."""
        self._version += 1
        if contact.archived is None:
            for name, value in self._values(contact.properties):
                self._unique.setdefault(name, {})[value] = contact.id

    def forget(self, contact: Contact) -> None:
        """Take its unique values out of the indexes."""
        self._version += 1
        for name, value in self._values(contact.properties):
            if self._unique.get(name, {}).get(value) == contact.id:
                del self._unique[name][value]

    def _values(self, properties: dict[str, str]) -> Iterator[tuple[str, str]]:
        for name in self.unique_names():
            if value := properties.get(name, "").strip().lower():
                yield name, value
        for value in properties.get(FURTHER_EMAILS, "").split(";"):
            if value:
                yield EMAIL, value
