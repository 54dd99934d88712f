"""One call of each adapter, under the name of the provider's route that it reaches."""

from dataclasses import dataclass, field
from typing import Any

from adapters import hubspot, manychat, openai_vision, pagerduty, slack, whatsapp
from adapters.sheets import Row, Sheet

COLUMNS = ["Ticket", "Fecha", "Total", "Nota"]
# The sandbox answers this instead of reading the picture, which would take seconds.
FORM = """{"is_receipt": true, "merchant": "Bar Sol", "tax_id": null, "issued_on": "2026-11-20", "issued_time": "13:05",
"document_number": "A-1", "currency": "EUR", "subtotal": "10.00", "taxes": [{"rate": "21", "base": "10.00",
"amount": "2.10"}], "tip": null, "discount": null, "total": "12.10", "payment_method": "card", "lines":
[{"description": "Menú", "quantity": "1", "unit_price": "12.10", "amount": "12.10"}], "unclear_fields": ["tax_id"],
"legibility": "clear"}"""


@dataclass
class Caller:
    """Makes the call of a name; everything that it needs is ready before a fault is set."""

    sandbox: Any
    env: Any
    secret: dict[str, str]
    service_account: dict[str, Any]
    picture: bytes
    monkeypatch: Any
    media: Any = field(default=None)
    subscriber: str = ""
    posted: tuple[str, ...] = ()

    def prepare(self, name: str) -> None:
        if name == "media.download":
            uploaded = self.sandbox.add_media(self.picture)
            self.media = self._whatsapp(None).media(uploaded["id"])
        if name == "webhook":
            self.monkeypatch.delenv("SLACK_BOT_TOKEN")
        if name.startswith("values.") or name == "token":
            self.sandbox.edit(self.env.sheet_id, "Tickets", [COLUMNS, ["T-0", "2026-11-20", 1, ""]])

        if name == "chat.update":
            self.posted = tuple(slack.post([], "hola", settings=self.env).values())

        if name in {"getInfo", "sendContent"}:
            [self.subscriber] = self.sandbox.manychat.seed({"first_name": "Ana"})

    def call(self, name: str, policy: Any) -> Any:
        return getattr(self, "_" + name.replace(".", "_"))(policy)

    def _whatsapp(self, policy):
        return whatsapp.Client(self.env, self.secret["WHATSAPP_TOKEN"], policy=policy)

    def _media_get(self, policy):
        return self._whatsapp(policy).media(self.sandbox.add_media(self.picture)["id"])

    def _media_download(self, policy):
        return self._whatsapp(policy).download(self.media, 1_000_000)

    def _messages(self, policy):
        return self._whatsapp(policy).send_text("1088451004357858", body="hola", to="34600111222", callback="k")

    def _chat_completions(self, policy):
        return openai_vision.extract(
            self.picture, settings=self.env, api_key=self.secret["OPENAI_API_KEY"], policy=policy
        )

    def _sheet(self, policy):
        return Sheet(self.env, self.service_account, COLUMNS, policy=policy)

    def _token(self, policy):
        return self._sheet(policy).flush([Row("T-1", {"Total": 1})])

    def _values_batchGet(self, policy):  # noqa: N802 - named after Google's method
        return self._sheet(policy).flush([Row("T-1", {"Total": 1})])

    def _values_batchUpdate(self, policy):  # noqa: N802 - same
        return self._sheet(policy).flush([Row("T-0", {"Total": 2})])

    def _values_append(self, policy):
        return self._sheet(policy).flush([Row("T-1", {"Total": 1})])

    def _chat_postMessage(self, policy):  # noqa: N802 - named after Slack's method
        return slack.post([], "hola", settings=self.env, policy=policy)

    def _chat_update(self, policy):
        return slack.update(*self.posted, [], "adiós", settings=self.env, policy=policy)

    def _conversations_history(self, policy):
        return slack.find(str(self.env.slack_channel), "none", 0.0, settings=self.env, policy=policy)

    def _enqueue(self, policy):
        return pagerduty.trigger("k", "hola", source="s", severity="info", settings=self.env, policy=policy)

    def _webhook(self, policy):
        return slack.post([], "hola", settings=self.env, policy=policy)

    def _contacts_create(self, policy):
        return hubspot.Client(self.env, policy=policy).create({"email": "bea@ejemplo.es"})

    def _batch_upsert(self, policy):
        return hubspot.Client(self.env, policy=policy).batch_upsert([hubspot.Write("bea@ejemplo.es", {})])

    def _getInfo(self, policy):  # noqa: N802 - named after ManyChat's method
        return manychat.Client(self.env, policy=policy).info(self.subscriber)

    def _sendContent(self, policy):  # noqa: N802 - same
        return manychat.Client(self.env, policy=policy).send(self.subscriber, [{"type": "text", "text": "hola"}])
