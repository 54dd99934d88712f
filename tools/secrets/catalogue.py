"""Every secret of the project, in one list: for the start of the containers, for the commands and for the docs.

Only the standard library is used here and in `rules` and `files`, because the containers' entrypoint imports them
before anything else is there.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

KESTRA: Final = "kestra"
EDGE: Final = "edge"
POSTGRES: Final = "postgres"
FLOWS: Final = "flows"
CONSOLE: Final = "console"
WATCH: Final = "tools.watch"
PROMETHEUS: Final = "prometheus"
GRAFANA: Final = "grafana"
ALERTMANAGER: Final = "alertmanager"
PREVIOUS: Final = "_PREVIOUS"
VAULT_TOKEN: Final = "VAULT_TOKEN"  # noqa: S105 - a name
VAULT_APPROLE: Final = ("VAULT_ROLE_ID", "VAULT_SECRET_ID")


@dataclass(frozen=True, slots=True)
class Secret:
    """One secret.

    Attributes:
        name: of its file in `secrets/`, and in flows: `secret('NAME')`.
        meaning: what it is, half a sentence.
        how: where its value comes from, or what `make` writes.
        needed_by: `kestra`, `edge`, `postgres`, `console`, `prometheus`, `grafana`, `alertmanager` (that service
            reads it), `flows` (Kestra gets it as `SECRET_NAME`).
        required: whether anything may start without it.
        rule: the form that `rules.problems` checks: a key of `rules.FORMS`.
        least_length: characters.
        made: by `make`; the others come from a provider.
        rotates: `NAME_PREVIOUS` stays valid beside it while it is being changed.
    """

    name: str
    meaning: str
    how: str
    needed_by: frozenset[str]
    required: bool = True
    rule: str = "text"
    least_length: int = 16
    made: bool = False
    rotates: bool = False

    @property
    def may_be_in_vault(self) -> bool:
        """Whether script tasks read it: they can ask Vault, the services and triggers cannot.

        Alertmanager is no part of what must start; without a file it tells by its other ways.
        """
        return self.needed_by - {ALERTMANAGER} == {FLOWS} and self.name not in (VAULT_TOKEN, *VAULT_APPROLE)


def _made(
    name: str, meaning: str, by: set[str], *, rule: str = "text", least: int = 32, rotates: bool = False
) -> Secret:
    how = "`python -m tools.secrets make`"
    return Secret(name, meaning, how, frozenset(by), rule=rule, least_length=least, made=True, rotates=rotates)


def _vault(name: str, meaning: str, how: str) -> Secret:
    return Secret(name, meaning, how, frozenset({FLOWS}), required=False, least_length=8)


CATALOGUE: Final[tuple[Secret, ...]] = (
    _made(
        "KESTRA_ADMIN_PASSWORD",
        "password of Kestra's administrator",
        {KESTRA, CONSOLE, FLOWS},
        rule="password",
        least=12,
    ),
    _made("KESTRA_ENCRYPTION_KEY", "encrypts SECRET inputs and outputs in Kestra's database", {KESTRA}, rule="key32"),
    _made("KESTRA_DB_PASSWORD", "of the Postgres user `kestra`", {KESTRA, POSTGRES}, rule="url_safe"),
    _made("OPSFLOWS_DB_PASSWORD", "of the Postgres user `opsflows`", {KESTRA, POSTGRES, CONSOLE}, rule="url_safe"),
    _made("POSTGRES_PASSWORD", "of the Postgres superuser", {POSTGRES}, rule="url_safe"),
    _made("WHATSAPP_VERIFY_TOKEN", "what Meta sends when the webhook is registered", {EDGE}, rule="url_safe"),
    _made("WHATSAPP_WEBHOOK_KEY", "last part of the webhook's path in Kestra", {FLOWS, EDGE}, rule="url_safe"),
    _made("OPSFLOWS_CONSOLE_PASSWORD", "of the web console's first operator", {CONSOLE}, rule="password", least=12),
    Secret(
        "OPSFLOWS_CONSOLE_USERS",
        "who else signs in to the web console: name:role:hash, separated by spaces",
        "`python -m tools.console_user`",
        frozenset({CONSOLE}),
        required=False,
        rule="console_users",
    ),
    Secret(
        "OPSFLOWS_CONSOLE_PROXY_SECRET",
        "what a proxy that signs people in sends as `X-Opsflows-Proxy-Secret`",
        "`openssl rand -hex 24`",
        frozenset({CONSOLE}),
        required=False,
        rule="url_safe",
        least_length=32,
    ),
    Secret(
        "GRAFANA_ADMIN_PASSWORD",
        "password of Grafana's user `admin`",
        "`python -m tools.secrets make`",
        frozenset({GRAFANA}),
        required=False,
        rule="password",
        least_length=12,
        made=True,
    ),
    Secret(
        "OPSFLOWS_METRICS_TOKEN",
        "bearer token with which Prometheus reads the console's figures; without it there are none",
        "`python -m tools.secrets make`",
        frozenset({CONSOLE, PROMETHEUS}),
        required=False,
        rule="url_safe",
        least_length=32,
        made=True,
    ),
    Secret(
        "OPSFLOWS_API_TOKEN",
        "bearer token that reads the console's API, for Prometheus and programs",
        "`python -m tools.secrets make`",
        frozenset({CONSOLE}),
        required=False,
        rule="url_safe",
        least_length=32,
        made=True,
    ),
    Secret(
        "OPSFLOWS_HEARTBEAT_URL",
        "address that is pinged while all is well, and that tells people when it is not",
        "a check of healthchecks.io or the like, period 5 minutes",
        frozenset({WATCH}),
        required=False,
        rule="https",
        least_length=16,
    ),
    _made("OPSFLOWS_CONSOLE_KEY", "signs links to the review page", {CONSOLE, FLOWS}, rule="url_safe", rotates=True),
    Secret(
        "OPSFLOWS_CONSOLE_KEY_PREVIOUS",
        "the one before, while it is being changed",
        "`python -m tools.secrets rotate OPSFLOWS_CONSOLE_KEY`",
        frozenset({CONSOLE}),
        required=False,
        rule="url_safe",
        least_length=32,
    ),
    Secret(
        "WHATSAPP_APP_SECRET",
        "signs every post of WhatsApp",
        "Meta app, App settings, Basic, App secret",
        frozenset({FLOWS, EDGE}),
        rule="hex",
        least_length=32,
        rotates=True,
    ),
    Secret(
        "WHATSAPP_APP_SECRET_PREVIOUS",
        "the one before, while it is being changed",
        "`python -m tools.secrets rotate WHATSAPP_APP_SECRET`",
        frozenset({FLOWS, EDGE}),
        required=False,
        rule="hex",
        least_length=32,
    ),
    Secret(
        "WHATSAPP_TOKEN",
        "reads pictures and sends answers",
        "Meta Business settings, System users, a token that does not expire",
        frozenset({FLOWS}),
        least_length=50,
    ),
    Secret(
        "GOOGLE_SERVICE_ACCOUNT",
        "writes the sheet; share the sheet with its `client_email`",
        "Google Cloud, Service accounts, Keys, the whole JSON file",
        frozenset({FLOWS}),
        rule="service_account",
    ),
    Secret(
        "OPENAI_API_KEY",
        "reads receipts with the vision model; without it the local OCR reads them",
        "the model provider's console",
        frozenset({FLOWS}),
        required=False,
    ),
    Secret(
        "SLACK_WEBHOOK_URL",
        "posts cards to one channel; or",
        "Slack app, Incoming webhooks",
        frozenset({FLOWS, ALERTMANAGER}),
        required=False,
        rule="https",
    ),
    Secret(
        "SLACK_BOT_TOKEN",
        "posts cards; with `OPSFLOWS_SLACK_CHANNEL`",
        "Slack app, OAuth & Permissions, Bot User OAuth Token",
        frozenset({FLOWS}),
        required=False,
        rule="slack_bot",
    ),
    Secret(
        "PAGERDUTY_ROUTING_KEY",
        "opens and ends incidents; without it a critical alert is a Slack message and a mail",
        "PagerDuty, the service, Integrations, Events API V2, Integration Key",
        frozenset({FLOWS, ALERTMANAGER}),
        required=False,
    ),
    Secret(
        "SMTP_PASSWORD",
        "signs in to the mail server; with `OPSFLOWS_SMTP_USERNAME`",
        "the mail provider: an app password, or the SMTP credentials",
        frozenset({FLOWS, ALERTMANAGER}),
        required=False,
    ),
    Secret(
        "HUBSPOT_TOKEN",
        "reads and writes contacts and their properties",
        "HubSpot, Settings, Integrations, a private app's access token",
        frozenset({FLOWS}),
        required=False,
    ),
    Secret(
        "ETL_API_TOKEN",
        "reads the API of `OPSFLOWS_ETL_API_URL`; without it that source is away",
        "whoever runs that API",
        frozenset({FLOWS}),
        required=False,
    ),
    Secret(
        "ETL_BUCKET_KEY_ID",
        "key of the S3 bucket that files are read from and exported to; without it folders only",
        "the account of the storage, an access key for this bucket alone",
        frozenset({FLOWS}),
        required=False,
    ),
    Secret(
        "ETL_BUCKET_SECRET",
        "what belongs to that key",
        "shown once, with the key",
        frozenset({FLOWS}),
        required=False,
    ),
    Secret(
        "MANYCHAT_TOKEN",
        "tells ManyChat the contact's id, and asks about new subscribers; without it neither",
        "ManyChat, Settings, API",
        frozenset({FLOWS}),
        required=False,
    ),
    Secret(
        "MANYCHAT_WEBHOOK_KEY",
        "last part of the path of posts about leads in Kestra; without it there is no such hook",
        "`openssl rand -hex 24`",
        frozenset({FLOWS, EDGE}),
        required=False,
        rule="url_safe",
        least_length=32,
    ),
    Secret(
        "OPSFLOWS_MANYCHAT_SECRET",
        "what ManyChat, or who posts in its stead, sends as `X-Webhook-Secret`",
        "`openssl rand -hex 24`",
        frozenset({FLOWS, EDGE}),
        required=False,
        rule="url_safe",
        least_length=32,
        rotates=True,
    ),
    Secret(
        "OPSFLOWS_MANYCHAT_SECRET_PREVIOUS",
        "the one before, while it is being changed",
        "`python -m tools.secrets rotate OPSFLOWS_MANYCHAT_SECRET`",
        frozenset({FLOWS, EDGE}),
        required=False,
        rule="url_safe",
        least_length=32,
    ),
    Secret(
        "HUBSPOT_WEBHOOK_KEY",
        "last part of the path of HubSpot's events in Kestra; without it there is no such hook",
        "`openssl rand -hex 24`",
        frozenset({FLOWS, EDGE}),
        required=False,
        rule="url_safe",
        least_length=32,
    ),
    Secret(
        "HUBSPOT_CLIENT_SECRET",
        "signs HubSpot's events",
        "HubSpot, the private app, Auth, client secret",
        frozenset({FLOWS, EDGE}),
        required=False,
        rotates=True,
    ),
    Secret(
        "HUBSPOT_CLIENT_SECRET_PREVIOUS",
        "the one before, while it is being changed",
        "`python -m tools.secrets rotate HUBSPOT_CLIENT_SECRET`",
        frozenset({FLOWS, EDGE}),
        required=False,
    ),
    _vault("VAULT_TOKEN", "reads secrets from Vault; or", "`vault token create -policy=opsflows`"),
    _vault("VAULT_ROLE_ID", "the AppRole that reads secrets from Vault", "`vault read auth/approle/role/…/role-id`"),
    _vault("VAULT_SECRET_ID", "its second half", "`vault write -f auth/approle/role/…/secret-id`"),
)
BY_NAME: Final = {secret.name: secret for secret in CATALOGUE}


def needed_by(service: str) -> tuple[Secret, ...]:
    """The secrets of one service (`kestra`, `edge`, …) or of the flows, in the catalogue's order."""
    return tuple(secret for secret in CATALOGUE if service in secret.needed_by)
