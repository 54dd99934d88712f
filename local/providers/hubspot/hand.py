"""A person at the portal, for tests and for the demo: ``SandboxClient.hubspot``."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable


class HubSpotHand:
    """Makes, edits, deletes and merges contacts as a person does, and sets where events go."""

    def __init__(self, call: Callable[..., Any]) -> None:
        """Over the control API of a client."""
        self._call = call

    def contacts(self) -> list[dict[str, Any]]:
        """All contacts, the archived ones included, oldest first, with `id`, `properties` and `archived`."""
        found: dict[str, dict[str, Any]] = self._call("GET", "state/hubspot")["contacts"]
        return list(found.values())

    def contact(self, email: str) -> dict[str, str] | None:
        """The properties of the living contact with an e-mail."""
        living = (one for one in self.contacts() if one["archived"] is None)
        return next((one["properties"] for one in living if one["properties"].get("email") == email), None)

    def summary(self) -> dict[str, int]:
        """How many contacts live, are archived, and went into another one."""
        found: dict[str, int] = self._call("GET", "hubspot/summary")
        return found

    def seed(self, *contacts: dict[str, Any], count: int = 0, **more: Any) -> list[str]:
        """Make contacts; their ids. ``count`` of a ``pattern`` from number ``first`` on, ``{n}`` being the number."""
        made = self._call("POST", "hubspot/contacts", json={"contacts": list(contacts), "count": count, **more})
        return list(made["ids"])

    def define(self, *definitions: dict[str, Any]) -> None:
        """Make properties, by HubSpot's own names: ``name``, ``label``, ``type``, ``fieldType``, ``options``, …."""
        self._call("POST", "hubspot/properties", json=list(definitions))

    def edit(self, contact_id: str, **properties: str) -> None:
        """Change properties."""
        self._call("PATCH", f"hubspot/contacts/{contact_id}", json=properties)

    def archive(self, contact_id: str, *, forever: bool = False) -> None:
        """Delete a contact; ``forever`` as a request under the GDPR asks."""
        self._call("DELETE", f"hubspot/contacts/{contact_id}", params={"forever": str(forever).lower()})

    def restore(self, contact_id: str) -> None:
        """Bring a contact back from the bin."""
        self._call("POST", f"hubspot/contacts/{contact_id}/restore")

    def merge(self, primary: str, other: str) -> None:
        """Merge the other contact into the primary one."""
        self._call("POST", "hubspot/merge", json={"primary": primary, "other": other})

    def target(self, url: str, secret: str, **more: Any) -> None:
        """Where events go: ``signed_url``, ``subscriptions`` and ``properties`` besides."""
        self._call("POST", "hubspot/target", json={"url": url, "secret": secret, **more})

    def no_target(self) -> None:
        """Tell nobody of events."""
        self._call("DELETE", "hubspot/target")

    def send(self, *events: dict[str, Any], **options: Any) -> list[dict[str, Any]]:
        """Post events as they are; a delivery a post. ``docs/sandbox.md`` lists the options."""
        return list(self._call("POST", "hubspot/send", json={"events": list(events), **options}))

    def settle(self) -> None:
        """Wait until the events under way have been posted."""
        self._call("POST", "hubspot/settle", json={})

    def deliveries(self) -> list[dict[str, Any]]:
        """What was posted, and what the target answered."""
        return list(self._call("GET", "state/hubspot")["deliveries"])
