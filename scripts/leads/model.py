"""A lead as one event of ManyChat tells it: every field may be absent."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Final, NewType

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from kit import dates

if TYPE_CHECKING:
    from datetime import datetime

LeadId = NewType("LeadId", str)
# Fields that are properties of the person; the map of properties (`leads.mapping`) names them.
Text = Annotated[str, Field(max_length=2000)]
CUSTOM: Final = "custom."


class Consent(BaseModel):
    """What a person allowed: None where they were not asked. `text` is the sentence that they saw."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    given: bool | None = None
    at: AwareDatetime | None = None
    text: Text | None = None


class Lead(BaseModel):
    """One event, normalised.

    Attributes:
        manychat_id: the subscriber's id.
        email: lower case, ASCII domain.
        phone: E.164.
        locale: `es` or `es_MX`.
        channel: where they talk to us: messenger, instagram, whatsapp, telegram, sms, email.
        happened_at: the subscriber's last interaction, in UTC; None when the event does not tell.
        flow: the flow of ManyChat that sent it.
        request_id: id of this event, when the template gives one.
        custom: other fields of ManyChat by their names, as text.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    manychat_id: Text | None = None
    email: Text | None = None
    phone: Text | None = None
    first_name: Text | None = None
    last_name: Text | None = None
    locale: Text | None = None
    channel: Text | None = None
    utm_source: Text | None = None
    utm_medium: Text | None = None
    utm_campaign: Text | None = None
    utm_term: Text | None = None
    utm_content: Text | None = None
    live_chat_url: Text | None = None
    ig_username: Text | None = None
    consent: Consent = Consent()
    happened_at: AwareDatetime | None = None
    flow: Text | None = None
    request_id: Text | None = None
    custom: dict[str, Text] = Field(default_factory=dict)

    def values(self) -> dict[str, str]:
        """The fields that are properties of a person, as text, without those that are absent.

        Consent is there as `consent` (`true`, `false`), `consent_at` and `consent_text`, and a custom field as
        `custom.<name>`; moments are ISO 8601 in UTC.
        """
        flat = self.model_dump(exclude={"consent", "custom", "flow", "request_id", "happened_at"}, exclude_none=True)
        consent = {
            "consent": None if self.consent.given is None else str(self.consent.given).lower(),
            "consent_at": _moment(self.consent.at),
            "consent_text": self.consent.text,
            "last_interaction": _moment(self.happened_at),
        }
        custom = {f"{CUSTOM}{name}": value for name, value in self.custom.items()}
        return flat | {name: value for name, value in consent.items() if value is not None} | custom


def _moment(moment: datetime | None) -> str | None:
    return dates.to_iso(moment) if moment else None
