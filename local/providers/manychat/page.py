"""What one may do with the people of a page; every method refuses by raising ``errors.Refused``."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from local.providers.manychat import content, errors
from local.providers.manychat.state import PART, ManyChatState, Sent, Subscriber

if TYPE_CHECKING:
    from local.providers.world import World

WINDOW_S = 24 * 3600
FIELDS_MOST = 20
MESSAGE_TAGS = ("CONFIRMED_EVENT_UPDATE", "POST_PURCHASE_UPDATE", "ACCOUNT_UPDATE", "HUMAN_AGENT")


class Page:
    """The page."""

    def __init__(self, world: World) -> None:
        """For one sandbox."""
        self.world = world

    @property
    def state(self) -> ManyChatState:
        """The ManyChat part."""
        return self.world.store.part(PART, ManyChatState)

    def add(self, fields: dict[str, Any]) -> Subscriber:
        """A person writes for the first time."""
        now, state = self.world.clock.now(), self.state
        given = {"id": str(state.next_id), "subscribed_at": now, "last_interaction": now, **fields}
        person = Subscriber.model_validate(given)
        state.next_id += 1
        state.subscribers[person.id] = person
        self.world.store.touch(PART)
        return person

    def get(self, subscriber_id: Any) -> Subscriber:
        """A person by id, given as text or as a number."""
        if subscriber_id is None or subscriber_id == "":
            raise errors.missing("subscriber_id")
        found = self.state.subscribers.get(str(subscriber_id))
        if found is None:
            raise errors.coded(2011)
        return found

    def find(self, email: str | None, phone: str | None) -> Subscriber | None:
        """A person by e-mail or by phone."""
        wanted = (email or phone or "").strip().lower()
        if not wanted:
            raise errors.missing("email")
        people = self.state.subscribers.values()
        return next(
            (one for one in people if wanted == ((one.email if email else one.phone) or "").strip().lower()), None
        )

    def set_fields(self, person: Subscriber, fields: list[Any]) -> None:
        """Set custom fields of the page; all, or none when one is unknown."""
        if len(fields) > FIELDS_MOST:
            raise errors.Refused("Validation error", 400, None, {"fields": [f"{FIELDS_MOST} fields at most."]})
        named = [one if isinstance(one, dict) else {} for one in fields]
        names = [str(one.get("field_name") or "") for one in named]
        if unknown := [name for name in names if name not in self.state.fields]:
            raise errors.Refused("Validation error", 400, None, [{"message": f"Field not found: {unknown[0]}"}])
        for name, one in zip(names, named, strict=True):
            person.custom_fields[name] = one.get("field_value")
        self.world.store.touch(PART)

    def add_tag(self, person: Subscriber, name: str) -> None:
        """Add a tag that the page has."""
        if name not in self.state.tags:
            raise errors.Refused("Validation error", 400, None, [{"message": f"Tag not found: {name}"}])
        if name not in person.tags:
            person.tags.append(name)
        self.world.store.touch(PART)

    def send(self, person: Subscriber, data: Any, message_tag: str | None) -> None:
        """Send messages by the API; within 24 hours of the person's last message, or with a tag."""
        block = data.get("content") if isinstance(data, dict) else None
        if wrong := content.problem(block):
            raise errors.Refused(wrong, 400, 3011, [{"message": wrong}])
        if message_tag not in MESSAGE_TAGS and self.world.clock.now() - person.last_interaction > WINDOW_S:
            raise errors.coded(3021)
        self.keep(person, "api", block, message_tag)

    def obey(self, person: Subscriber, block: dict[str, Any]) -> None:
        """Do what the dynamic block of an answer says; a page does what it can and tells nobody of the rest."""
        for action in content.actions(block):
            if action["action"] == "set_field_value" and action.get("field_name") in self.state.fields:
                person.custom_fields[action["field_name"]] = action.get("value")
            if action["action"] == "add_tag" and action.get("tag_name") in self.state.tags:
                self.add_tag(person, action["tag_name"])
        if block.get("messages") and content.problem(block) is None:
            self.keep(person, "dynamic block", block, None)
        self.world.store.touch(PART)

    def keep(self, person: Subscriber, via: str, block: Any, message_tag: str | None) -> None:
        """Note what a person got."""
        self.state.sent.append(
            Sent(
                at=self.world.clock.now(),
                subscriber_id=person.id,
                via=via,
                messages=block["messages"],
                message_tag=message_tag,
            )
        )
        self.world.store.touch(PART)

    def fields(self) -> list[dict[str, Any]]:
        """The custom fields of the page."""
        named = enumerate(self.state.fields.items(), 11_000_000)
        return [{"id": number, "name": name, "type": kind, "description": ""} for number, (name, kind) in named]

    def tags(self, wanted: list[str]) -> list[dict[str, Any]]:
        """Tags of the page as the API answers them."""
        return [{"id": 21_000_000 + self.state.tags.index(tag), "name": tag} for tag in wanted]

    def shown(self, person: Subscriber) -> dict[str, Any]:
        """A person as the API answers: custom fields and tags as lists."""
        fields = [{**field, "value": person.custom_fields.get(field["name"])} for field in self.fields()]
        return person.system_fields() | {"custom_fields": fields, "tags": self.tags(person.tags)}
