"""What a test or a demo may change in the sandbox at run time (``POST /_sandbox/config``)."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

DeliveryStatus = Literal["sent", "delivered", "read", "failed", "played"]


class _Section(BaseModel):
    model_config = ConfigDict(extra="forbid", validate_assignment=True)


class WhatsAppConfig(_Section):
    """How the Graph side behaves."""

    url_life_s: int = Field(300, ge=0, description="Seconds that a media URL lives; Meta: 300.")
    enforce_window: bool = Field(
        default=False, description="Refuse free text 24 h after the user's last message (131047)."
    )
    known_ids_only: bool = Field(
        default=False, description="Refuse to mark a message as read that the sandbox never sent."
    )
    pair_seconds: float = Field(
        0, ge=0, description="Least seconds between two messages to one user (131056); Meta: 6."
    )
    statuses: list[DeliveryStatus] = Field(
        default=["sent", "delivered"],
        description="Status events after each message, when a target is set.",
    )
    attempts: int = Field(3, ge=1, le=10, description="How often a webhook is posted until it is answered with 200.")


class GoogleConfig(_Section):
    """Quotas a minute; 0 switches one off. Google: 60 a user, 300 a project, for reads and for writes."""

    per_user: int = Field(60, ge=0)
    per_project: int = Field(300, ge=0)
    token_life_s: int = Field(3599, ge=1)


class SlackConfig(_Section):
    """Rate of messages a channel; 0 switches it off. Slack: about 1 a second with short bursts."""

    per_second: float = Field(0, ge=0)
    burst: int = Field(5, ge=1)


class OpenAIConfig(_Section):
    """How the model side behaves."""

    cached_tokens: int = Field(0, ge=0, description="Prompt tokens reported as cached.")


class HubSpotConfig(_Section):
    """Limits (0 switches one off), the search's lag, and what the portal's administrator decided."""

    per_ten_seconds: int = Field(100, ge=0, description="Calls but searches; Free and Starter: 100, others 190.")
    search_per_second: int = Field(5, ge=0)
    daily: int = Field(250_000, ge=0)
    search_lag_s: float = Field(0, ge=0, description="How long the search does not know of a change; HubSpot: seconds.")
    search_most: int = Field(10_000, ge=1, description="Results of one search, over all its pages.")
    lifecycle_backwards: Literal["ignore", "refuse"] = "ignore"
    required: list[str] = Field(default=[], description="Properties without which no contact is made.")
    partial_email_upsert: bool = Field(
        default=True, description="False: an upsert by e-mail is refused as a whole when one input is."
    )
    scopes: list[str] = Field(
        default=[
            "crm.objects.contacts.read",
            "crm.objects.contacts.write",
            "crm.schemas.contacts.read",
            "crm.schemas.contacts.write",
        ]
    )
    timezone: str = "Europe/Madrid"
    attempts: int = Field(3, ge=1, le=10, description="How often events are posted until they are answered with 2xx.")


class ManyChatConfig(_Section):
    """Whether calls a second are counted, and whether refusals come with HTTP 200, as some do."""

    limits: bool = True
    errors_with_200: bool = False


class VaultConfig(_Section):
    """How long a token of a login lives."""

    token_life_s: int = Field(1200, ge=1)


class MailConfig(_Section):
    """What the mail server says."""

    answer: str = Field("", description="Its answer to a mail, such as `451 4.3.0 Later`; blank takes it.")
    after_apply: bool = Field(default=False, description="The mail is kept all the same.")
    refused: list[str] = Field(default=[], description="Addresses that it does not know (550).")


class Config(_Section):
    """All sections."""

    whatsapp: WhatsAppConfig = Field(default_factory=lambda: WhatsAppConfig.model_validate({}))
    google: GoogleConfig = Field(default_factory=lambda: GoogleConfig.model_validate({}))
    slack: SlackConfig = Field(default_factory=lambda: SlackConfig.model_validate({}))
    openai: OpenAIConfig = Field(default_factory=lambda: OpenAIConfig.model_validate({}))
    hubspot: HubSpotConfig = Field(default_factory=lambda: HubSpotConfig.model_validate({}))
    manychat: ManyChatConfig = Field(default_factory=ManyChatConfig)
    mail: MailConfig = Field(default_factory=lambda: MailConfig.model_validate({}))
    vault: VaultConfig = Field(default_factory=lambda: VaultConfig.model_validate({}))

    def merged(self, changes: dict[str, dict[str, Any]]) -> Config:
        """A copy with some fields of some sections changed; unknown names raise ``ValidationError``."""
        data = self.model_dump()
        for section, values in changes.items():
            data[section] = {**data.get(section, {}), **values}
        return Config.model_validate(data)
