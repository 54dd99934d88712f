"""A client of the control API, for tests and for the demo."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import quote

import requests

from local.providers.hubspot.hand import HubSpotHand
from local.providers.manychat.hand import ManyChatHand

if TYPE_CHECKING:
    from pathlib import Path

TIMEOUT_S = 120


class SandboxClient:
    """Sets faults, sends webhooks, reads what arrived.

    >>> sandbox = SandboxClient(base_url)
    >>> sandbox.fault("google", "values.append", "timeout_after_apply", calls=1, seconds=3)
    >>> sandbox.rows()
    """

    def __init__(self, base_url: str) -> None:
        """For a running sandbox."""
        self.base_url = base_url.rstrip("/")
        self._session = requests.Session()
        self.hubspot = HubSpotHand(self._call)
        self.manychat = ManyChatHand(self._call)

    # What arrived

    def state(self, part: str | None = None) -> dict[str, Any]:
        """Everything, or one part: whatsapp, google, slack, openai, documents, faults."""
        found: dict[str, Any] = self._get("state" + (f"/{part}" if part else ""))
        return found

    def calls(self, provider: str | None = None, route: str | None = None, since: int = 0) -> list[dict[str, Any]]:
        """The calls, oldest first."""
        wanted = {"provider": provider, "route": route, "since": since}
        found: list[dict[str, Any]] = self._get("calls", params={key: value for key, value in wanted.items() if value})
        return found

    def rows(self, spreadsheet_id: str | None = None, title: str | None = None) -> list[list[Any]]:
        """The rows of a tab: of the first spreadsheet and its first filled tab unless told otherwise."""
        books = self.state("google")["spreadsheets"]
        book = books[spreadsheet_id] if spreadsheet_id else next(iter(books.values()))
        sheets = [sheet for sheet in book["sheets"] if title in {None, sheet["title"]}]
        chosen = next((sheet for sheet in sheets if any(sheet["rows"])), sheets[0] if sheets else {"rows": []})
        found: list[list[Any]] = chosen["rows"]
        return found

    def outbox(self, user: str | None = None) -> list[dict[str, Any]]:
        """Messages that the business sent, to everyone or to one user (phone number or business-scoped id)."""
        return [item for item in self.state("whatsapp")["outbox"] if user in {None, item["user"]}]

    def cards(self, channel: str | None = None) -> list[dict[str, Any]]:
        """Slack messages of a channel; default: that of the cards, not those of alerts."""
        slack = self.state("slack")
        wanted = channel or slack["channels"][0]
        return [card for card in slack["cards"] if card["channel"] == wanted]

    def mails(self) -> list[dict[str, Any]]:
        """Mails that the mail server took."""
        found: list[dict[str, Any]] = self.state("mail")["mails"]
        return found

    def incidents(self) -> list[dict[str, Any]]:
        """PagerDuty's incidents."""
        found: list[dict[str, Any]] = self.state("pagerduty")["incidents"]
        return found

    def pictures(self) -> list[bytes]:
        """The pictures that the vision model was shown, oldest first; the last sixteen are kept."""
        shown = [item["picture"] for item in self.state("openai")["completions"] if item["picture"]]
        return [self._request("GET", f"openai/pictures/{digest}").content for digest in shown]

    # What to do wrong

    def fault(self, provider: str, route: str, kind: str, **more: Any) -> int:
        """Set a fault; returns its id. ``docs/sandbox.md`` lists kinds and fields."""
        made = self._post("faults", {"provider": provider, "route": route, "kind": kind, **more})
        return int(made["id"])

    def faults(self) -> list[dict[str, Any]]:
        """The faults that are set, with how often each matched and struck."""
        found: list[dict[str, Any]] = self._get("faults")
        return found

    def clear_faults(self, provider: str | None = None) -> int:
        """Remove the faults of a provider, or all."""
        return int(self._call("DELETE", "faults", params={"provider": provider} if provider else None)["removed"])

    # How to behave

    def reset(self, *parts: str) -> None:
        """Empty some parts; all of them, the faults, the configuration and the clock without arguments."""
        self._post("reset", {"parts": list(parts)})

    def configure(self, **sections: dict[str, Any]) -> dict[str, Any]:
        """Change the configuration: ``configure(google={"per_user": 5})``."""
        return self._post("config", sections)

    def advance(self, seconds: float) -> None:
        """Push the sandbox's clock forward: URLs and tokens expire, quotas refill."""
        self._post("clock", {"advance_s": seconds})

    # WhatsApp users

    def add_media(self, content: bytes | Path, mime: str = "image/jpeg", filename: str | None = None) -> dict[str, Any]:
        """Upload a picture as a user would; returns id, sha256, sha256_base64."""
        data = content if isinstance(content, bytes) else content.read_bytes()
        made: dict[str, Any] = self._call(
            "POST",
            "whatsapp/media",
            data=data,
            headers={"content-type": mime},
            params={"filename": filename} if filename else None,
        )
        return made

    def target(self, url: str, app_secret: str) -> None:
        """Where webhooks go, status events of sent messages included."""
        self._post("whatsapp/target", {"url": url, "app_secret": app_secret})

    def send(self, *messages: dict[str, Any], **options: Any) -> list[dict[str, Any]]:
        """Post messages to the target; returns a delivery a post. ``docs/sandbox.md`` lists the options."""
        made: Any = self._post("whatsapp/send", {"messages": list(messages), **options})
        return list(made)

    def send_image(self, content: bytes | Path, **draft: Any) -> list[dict[str, Any]]:
        """Upload a picture and send it as one message."""
        return self.send({"kind": "image", "media_id": self.add_media(content)["id"], **draft})

    def settle(self) -> None:
        """Wait until the status events under way have been posted."""
        self._post("whatsapp/settle", {})

    # Google and documents

    def spreadsheet(self, **fields: Any) -> str:
        """Make a spreadsheet (id, title, locale, share, sheets); returns its id."""
        return str(self._post("google/spreadsheets", fields)["id"])

    def share(self, spreadsheet_id: str, share: str) -> None:
        """Owner, editor, reader or none."""
        self._post(f"google/spreadsheets/{quote(spreadsheet_id)}/share", {"share": share})

    def edit(self, spreadsheet_id: str, title: str, rows: list[list[Any]]) -> None:
        """Replace the rows of a tab, as a person with the sheet open could."""
        self._call("PUT", f"google/spreadsheets/{quote(spreadsheet_id)}/{quote(title, safe='')}", json={"rows": rows})

    def expire_tokens(self) -> None:
        """Make every Google access token invalid at once."""
        self._post("google/expire-tokens", {})

    # Vault

    def vault_put(self, path: str, **more: Any) -> int:
        """A new version of a secret (`data`, or `value` for short; `mount`, `namespace`, `age_s`); its number."""
        if "value" in more:
            more["data"] = {"value": more.pop("value")}
        return int(self._post("vault/secrets", {"path": path, **more})["version"])

    def vault_drop(self, path: str, *versions: int, **more: Any) -> None:
        """Delete versions, or `destroy` them; the newest when none is named."""
        self._post("vault/drop", {"path": path, "versions": list(versions) or None, **more})

    def vault_server(self, **changes: Any) -> None:
        """Make it `sealed` or not `initialised`; set `denied` globs, `mounts`, `namespaces`."""
        self._post("vault/server", changes)

    def vault_expire_tokens(self, *, root: bool = False) -> None:
        """End the tokens of logins at once, and the one of the credentials too when `root`."""
        self._call("POST", "vault/expire-tokens", params={"root": str(root).lower()})

    def put_document(self, name: str, content: bytes, mime: str) -> str:
        """Put a document on the page; returns its URL."""
        made = self._call("PUT", f"documents/{quote(name, safe='')}", data=content, headers={"content-type": mime})
        return self.base_url + str(made["path"])

    def _get(self, path: str, **more: Any) -> Any:
        return self._call("GET", path, **more)

    def _post(self, path: str, body: Any) -> dict[str, Any]:
        made: dict[str, Any] = self._call("POST", path, json=body)
        return made

    def _call(self, method: str, path: str, **more: Any) -> Any:
        return self._request(method, path, **more).json()

    def _request(self, method: str, path: str, **more: Any) -> requests.Response:
        answer = self._session.request(method, f"{self.base_url}/_sandbox/{path}", timeout=TIMEOUT_S, **more)
        if not answer.ok:
            raise RuntimeError(f"The sandbox refused {method} {path}: {answer.status_code} {answer.text[:500]}")
        return answer
