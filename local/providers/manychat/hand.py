"""A page's people and flows, for tests and for the demo: ``SandboxClient.manychat``."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable


class ManyChatHand:
    """People write, flows send External Requests."""

    def __init__(self, call: Callable[..., Any]) -> None:
        """Over the control API of a client."""
        self._call = call

    def subscriber(self, subscriber_id: str) -> dict[str, Any]:
        """A person: fields, ``custom_fields`` by name, ``tags``."""
        found: dict[str, Any] = self._call("GET", "state/manychat")["subscribers"][subscriber_id]
        return found

    def seed(self, *subscribers: dict[str, Any], count: int = 0, **more: Any) -> list[str]:
        """Make people; their ids. ``count`` of a ``pattern`` from number ``first`` on (``{n}``, ``{n:07}``)."""
        body = {"subscribers": list(subscribers), "count": count, **more}
        return list(self._call("POST", "manychat/subscribers", json=body)["ids"])

    def edit(self, subscriber_id: str, **fields: Any) -> None:
        """Change what is known of a person."""
        self._call("PATCH", f"manychat/subscribers/{subscriber_id}", json=fields)

    def say(self, subscriber_id: str, text: str) -> None:
        """A person writes: the window opens, ``last_interaction`` is now."""
        self._call("POST", f"manychat/subscribers/{subscriber_id}/say", json={"text": text})

    def remove(self, subscriber_id: str) -> None:
        """Delete a person from the page."""
        self._call("DELETE", f"manychat/subscribers/{subscriber_id}")

    def names(self, *tags: str, **fields: str) -> None:
        """Add tags, and custom fields with their types."""
        self._call("POST", "manychat/names", json={"tags": list(tags), "fields": fields})

    def target(self, url: str, secret: str, **more: Any) -> None:
        """Where External Requests go; ``header`` besides."""
        self._call("POST", "manychat/target", json={"url": url, "secret": secret, **more})

    def send(self, *subscriber_ids: str, **options: Any) -> list[dict[str, Any]]:
        """A flow sends its External Request for each; what came of it. ``docs/sandbox.md`` lists the options."""
        return list(self._call("POST", "manychat/send", json={"subscribers": list(subscriber_ids), **options}))

    def sent(self, subscriber_id: str | None = None) -> list[dict[str, Any]]:
        """What people were sent, or one of them."""
        found: list[dict[str, Any]] = self._call("GET", "state/manychat")["sent"]
        return [one for one in found if subscriber_id in {None, one["subscriber_id"]}]

    def requests(self) -> list[dict[str, Any]]:
        """The External Requests and their answers."""
        return list(self._call("GET", "state/manychat")["requests"])
