"""Every setting of the project, typed. Secrets are not here: see `kit.secrets`.

A setting is its environment variable; else what the release's settings.json says, which a deploy makes from an
environment's files; else its default. An empty variable counts as not set, because compose files and Kestra
expressions pass blanks.
"""

from __future__ import annotations

import json
import os
from contextlib import suppress
from decimal import Decimal
from functools import cache, lru_cache
from pathlib import Path
from typing import Annotated, Any, Final, Literal

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    ValidationError,
    ValidationInfo,
    field_validator,
)

from kit import redaction
from kit.errors import ConfigurationError


def _split(value: Any) -> Any:
    return tuple(part.strip() for part in value.split(",") if part.strip()) if isinstance(value, str) else value


CommaList = Annotated[tuple[str, ...], BeforeValidator(_split)]
EnvironmentName = Literal["dev", "stg", "prod"]
SETTINGS_FILE: Final = "namespace_files/config/settings.json"


class Settings(BaseModel):
    """The settings, frozen; each field's alias is its environment variable and its description the meaning."""

    model_config = ConfigDict(frozen=True, extra="forbid", str_strip_whitespace=True, allow_inf_nan=False)

    env: EnvironmentName = Field("dev", alias="OPSFLOWS_ENV", description="dev, stg or prod")
    pg_dsn: str | None = Field(None, alias="OPSFLOWS_PG_DSN", description="libpq DSN of the business database")
    locale: str = Field("es", alias="OPSFLOWS_LOCALE", description="language of messages to people")
    timezone: str = Field("Europe/Madrid", alias="OPSFLOWS_TIMEZONE", description="IANA zone for local dates")
    default_country: str = Field("ES", alias="OPSFLOWS_DEFAULT_COUNTRY", description="ISO 3166 country of receipts")
    default_currency: str = Field("EUR", alias="OPSFLOWS_DEFAULT_CURRENCY", description="ISO 4217 currency")
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = Field(
        "INFO", alias="OPSFLOWS_LOG_LEVEL", description="least level that is logged"
    )
    kestra_url: str | None = Field(None, alias="OPSFLOWS_KESTRA_URL", description="Kestra server, for tools")
    kestra_username: str | None = Field(None, alias="OPSFLOWS_KESTRA_USERNAME", description="its user, an e-mail")
    kestra_password: str | None = Field(None, alias="OPSFLOWS_KESTRA_PASSWORD", description="its password")
    kestra_public_url: str | None = Field(
        None, alias="OPSFLOWS_KESTRA_PUBLIC_URL", description="address in links sent to people; default: KESTRA_URL"
    )
    console_url: str | None = Field(
        None, alias="OPSFLOWS_CONSOLE_URL", description="address of the web console in links sent to people"
    )
    console_username: str = Field(
        "opsflows", alias="OPSFLOWS_CONSOLE_USERNAME", description="first operator of the web console"
    )
    console_session_hours: int = Field(
        12, ge=1, le=168, alias="OPSFLOWS_CONSOLE_SESSION_HOURS", description="hours that a session lives at most"
    )
    console_idle_minutes: int = Field(
        60, ge=5, le=1440, alias="OPSFLOWS_CONSOLE_IDLE_MINUTES", description="minutes without a page that end it"
    )
    console_proxies: CommaList = Field(
        (), alias="OPSFLOWS_CONSOLE_PROXIES", description="addresses of proxies that sign people in, as networks"
    )
    console_proxy_user_header: str | None = Field(
        None, alias="OPSFLOWS_CONSOLE_PROXY_USER_HEADER", description="header in which such a proxy names a person"
    )
    console_proxy_groups_header: str = Field(
        "X-Forwarded-Groups", alias="OPSFLOWS_CONSOLE_PROXY_GROUPS_HEADER", description="header with their groups"
    )
    console_operators: CommaList = Field(
        (), alias="OPSFLOWS_CONSOLE_OPERATORS", description="names and groups from a proxy that may act"
    )
    console_readers: CommaList = Field(
        (), alias="OPSFLOWS_CONSOLE_READERS", description="names and groups from a proxy that may see; * is everybody"
    )
    console_pool: int = Field(
        8, ge=1, le=50, alias="OPSFLOWS_CONSOLE_POOL", description="connections to Postgres that the console may hold"
    )
    whatsapp_base_url: str = Field("https://graph.facebook.com", alias="WHATSAPP_BASE_URL", description="Graph API")
    whatsapp_api_version: str = Field("v26.0", alias="OPSFLOWS_WHATSAPP_API_VERSION", description="Graph version")
    whatsapp_verify_signature: bool = Field(
        default=True, alias="OPSFLOWS_WHATSAPP_VERIFY_SIGNATURE", description="false accepts unsigned posts, warns"
    )
    whatsapp_media_hosts: CommaList = Field(
        ("lookaside.fbsbx.com", "*.fbcdn.net", "graph.facebook.com"),
        alias="OPSFLOWS_WHATSAPP_MEDIA_HOSTS",
        description="hosts that media may come from",
    )
    batch_window_s: int = Field(
        60, ge=0, le=3600, alias="OPSFLOWS_BATCH_WINDOW_S", description="seconds in which pictures make one burst"
    )
    openai_base_url: str = Field("https://api.openai.com/v1", alias="OPENAI_BASE_URL", description="vision model API")
    openai_model: str = Field("gpt-6-luna", alias="OPSFLOWS_OPENAI_MODEL", description="vision model")
    extract_mode: Literal["rules_first", "both", "ocr", "vision"] = Field(
        "rules_first", alias="OPSFLOWS_EXTRACT_MODE", description="when the vision model is asked beside the local OCR"
    )
    extract_timeout_s: float = Field(
        60.0, gt=0, alias="OPSFLOWS_EXTRACT_TIMEOUT_S", description="seconds for one extraction attempt"
    )
    google_base_url: str = Field(
        "https://sheets.googleapis.com", alias="GOOGLE_BASE_URL", description="Google Sheets API"
    )
    sheet_id: str | None = Field(None, alias="OPSFLOWS_SHEET_ID", description="id of the spreadsheet")
    sheet_name: str = Field("Tickets", alias="OPSFLOWS_SHEET_NAME", description="its tab")
    slack_base_url: str = Field("https://slack.com/api", alias="SLACK_BASE_URL", description="Slack Web API")
    slack_channel: str | None = Field(None, alias="OPSFLOWS_SLACK_CHANNEL", description="channel id for the bot token")
    alerts_slack_channel: str | None = Field(
        None, alias="OPSFLOWS_ALERTS_SLACK_CHANNEL", description="channel id of #data-alerts; default: SLACK_CHANNEL"
    )
    incidents_slack_channel: str | None = Field(
        None, alias="OPSFLOWS_INCIDENTS_SLACK_CHANNEL", description="channel id of #incidents; default: ALERTS_SLACK"
    )
    alerts_test_channel: str | None = Field(
        None, alias="OPSFLOWS_ALERTS_TEST_CHANNEL", description="channel id for test alerts; None: they are not posted"
    )
    alerts_email_to: CommaList = Field(
        (), alias="OPSFLOWS_ALERTS_EMAIL_TO", description="addresses that get WARNING alerts"
    )
    alerts_email_from: str | None = Field(
        None, alias="OPSFLOWS_ALERTS_EMAIL_FROM", description="sender of mails, an address that the server accepts"
    )
    alerts_quiet_hours: bool = Field(
        default=True,
        alias="OPSFLOWS_ALERTS_QUIET_HOURS",
        description="false: no alert waits for the end of quiet hours",
    )
    runbook_url: str | None = Field(
        None, alias="OPSFLOWS_RUNBOOK_URL", description="address of the folder docs/runbook in links sent to people"
    )
    smtp_host: str | None = Field(None, alias="OPSFLOWS_SMTP_HOST", description="mail server; None: no mails")
    smtp_port: int = Field(587, ge=1, le=65_535, alias="OPSFLOWS_SMTP_PORT", description="its port")
    smtp_security: Literal["starttls", "tls", "none"] = Field(
        "starttls", alias="OPSFLOWS_SMTP_SECURITY", description="none only for a server on this machine"
    )
    smtp_username: str | None = Field(None, alias="OPSFLOWS_SMTP_USERNAME", description="its user; None: no sign-in")
    pagerduty_base_url: str = Field(
        "https://events.pagerduty.com", alias="PAGERDUTY_BASE_URL", description="PagerDuty Events API"
    )
    hubspot_base_url: str = Field("https://api.hubapi.com", alias="HUBSPOT_BASE_URL", description="HubSpot API")
    hubspot_api_version: str = Field(
        "2026-09", alias="OPSFLOWS_HUBSPOT_API_VERSION", description="its version: a date, or v3"
    )
    hubspot_webhook_url: str | None = Field(
        None, alias="OPSFLOWS_HUBSPOT_WEBHOOK_URL", description="public address that HubSpot posts to, as in its app"
    )
    sync_overlap_s: float = Field(
        300.0, ge=0, le=86_400, alias="OPSFLOWS_SYNC_OVERLAP_S", description="how far a sync looks back, in seconds"
    )
    manychat_base_url: str = Field("https://api.manychat.com", alias="MANYCHAT_BASE_URL", description="ManyChat API")
    manychat_crm_field: str = Field(
        "crm_id", alias="OPSFLOWS_MANYCHAT_CRM_FIELD", description="custom field that gets HubSpot's id"
    )
    manychat_tag: str | None = Field(None, alias="OPSFLOWS_MANYCHAT_TAG", description="tag of who is in HubSpot")
    manychat_confirm: bool = Field(
        default=False, alias="OPSFLOWS_MANYCHAT_CONFIRM", description="true asks ManyChat whether it knows a new lead"
    )
    leads_window_s: float = Field(
        0.5, ge=0, le=30, alias="OPSFLOWS_LEADS_WINDOW_S", description="seconds that a lead waits for company"
    )
    hubspot_interest_property: str = Field(
        "estado_interes",
        alias="OPSFLOWS_HUBSPOT_INTEREST_PROPERTY",
        pattern=r"^[a-z][a-z0-9_]{0,99}$",
        description="property that hubspot_update_estado_interes changes",
    )
    openlineage_url: str | None = Field(
        None, alias="OPSFLOWS_OPENLINEAGE_URL", description="where lineage events go, such as …/api/v1/lineage"
    )
    mlflow_tracking_uri: str | None = Field(
        None, alias="OPSFLOWS_MLFLOW_TRACKING_URI", description="server or database that ETL runs are logged to"
    )
    etl_max_chunks: int = Field(
        100, ge=1, le=100_000, alias="OPSFLOWS_ETL_MAX_CHUNKS", description="chunks of a load that etl_example cuts"
    )
    etl_chunk_parallelism: int = Field(
        16, ge=1, le=16, alias="OPSFLOWS_ETL_CHUNK_PARALLELISM", description="processes at most that work on chunks"
    )
    etl_window_max_days: int = Field(
        400, ge=1, alias="OPSFLOWS_ETL_WINDOW_MAX_DAYS", description="days of the widest window that a run may take"
    )
    etl_dq_min_rows: int = Field(1, ge=0, alias="OPSFLOWS_ETL_DQ_MIN_ROWS", description="fewest rows of a run")
    etl_dq_max_rows: int = Field(10_000_000, ge=1, alias="OPSFLOWS_ETL_DQ_MAX_ROWS", description="most rows of a run")
    etl_dq_null_rates: CommaList = Field(
        (), alias="OPSFLOWS_ETL_DQ_NULL_RATES", description="column=share of rows that may lack a value"
    )
    etl_volume_action: Literal["alert", "refuse"] = Field(
        "alert", alias="OPSFLOWS_ETL_VOLUME_ACTION", description="what an unusual number of rows leads to"
    )
    etl_source_dsn: str | None = Field(
        None, alias="OPSFLOWS_ETL_SOURCE_DSN", description="libpq DSN of the source database; default: PG_DSN"
    )
    etl_api_url: str | None = Field(None, alias="OPSFLOWS_ETL_API_URL", description="API that rows are read from")
    etl_bucket: str | None = Field(
        None, alias="OPSFLOWS_ETL_BUCKET", description="s3://bucket/path or a folder, for files that are read and made"
    )
    etl_bucket_endpoint: str | None = Field(
        None, alias="OPSFLOWS_ETL_BUCKET_ENDPOINT", description="S3 server; None: Amazon's"
    )
    etl_bucket_region: str = Field("eu-west-1", alias="OPSFLOWS_ETL_BUCKET_REGION", description="its region")
    storage_price_gb_month: Decimal | None = Field(
        None, ge=0, alias="OPSFLOWS_STORAGE_PRICE_GB_MONTH", description="price of a GB of the database a month"
    )
    vault_addr: str | None = Field(None, alias="VAULT_ADDR", description="Vault server for secrets that are not here")
    vault_namespace: str | None = Field(None, alias="VAULT_NAMESPACE", description="its namespace (Enterprise, HCP)")
    vault_cacert: str | None = Field(None, alias="VAULT_CACERT", description="file of the authority that signed it")
    vault_mount: str = Field("secret", alias="OPSFLOWS_VAULT_MOUNT", description="mount of its KV engine, version 2")
    vault_prefix: str = Field("opsflows", alias="OPSFLOWS_VAULT_PREFIX", description="path before a secret's name")
    vault_rotation_hours: float = Field(
        24.0, ge=0, alias="OPSFLOWS_VAULT_ROTATION_HOURS", description="how long the version before counts as live"
    )
    picture_retention_days: int = Field(
        2190, ge=1, alias="OPSFLOWS_PICTURE_RETENTION_DAYS", description="days that pictures and documents are kept"
    )
    event_retention_days: int = Field(
        90, ge=8, alias="OPSFLOWS_EVENT_RETENTION_DAYS", description="days that webhooks, texts and statuses are kept"
    )
    http_allow_private: CommaList = Field(
        (), alias="OPSFLOWS_HTTP_ALLOW_PRIVATE", description="host:port pairs that may be private or plain http"
    )
    image_max_bytes: int = Field(16_000_000, gt=0, alias="OPSFLOWS_IMAGE_MAX_BYTES", description="largest image")
    image_max_pixels: int = Field(40_000_000, gt=0, alias="OPSFLOWS_IMAGE_MAX_PIXELS", description="same, in pixels")
    pdf_max_pages: int = Field(10, gt=0, alias="OPSFLOWS_PDF_MAX_PAGES", description="documents with more are refused")
    spend_cap_day_usd: Decimal | None = Field(
        None,
        ge=0,
        alias="OPSFLOWS_SPEND_CAP_DAY_USD",
        description="US dollars a day for the vision model; None: no cap",
    )
    spend_cap_sender_day_usd: Decimal | None = Field(
        None, ge=0, alias="OPSFLOWS_SPEND_CAP_SENDER_DAY_USD", description="the same for one sender"
    )
    review_min_score: Decimal | None = Field(
        None, ge=0, le=1, alias="OPSFLOWS_REVIEW_MIN_SCORE", description="total's least confidence; None: as calibrated"
    )

    review_expiry_h: Decimal = Field(
        Decimal(168), gt=0, le=8760, alias="OPSFLOWS_REVIEW_EXPIRY_H", description="hours a review waits"
    )
    review_remind_h: Decimal = Field(
        Decimal(24), gt=0, alias="OPSFLOWS_REVIEW_REMIND_H", description="hours between reminders"
    )
    review_remind_most: int = Field(3, ge=0, alias="OPSFLOWS_REVIEW_REMIND_MOST", description="reminders at most")
    review_escalate_h: Decimal = Field(
        Decimal(72), gt=0, alias="OPSFLOWS_REVIEW_ESCALATE_H", description="hours until somebody else is told"
    )
    review_escalate_to: str | None = Field(
        None,
        alias="OPSFLOWS_REVIEW_ESCALATE_TO",
        pattern=r"^<(@[UW][A-Z0-9]+|!subteam\^S[A-Z0-9]+|!here|!channel)>$",
        description="whom Slack mentions then",
    )

    @field_validator("log_level", mode="before")
    @classmethod
    def _upper(cls, value: Any) -> Any:
        return value.upper() if isinstance(value, str) else value

    @field_validator("whatsapp_verify_signature")
    @classmethod
    def _verified_in_production(cls, value: bool, info: ValidationInfo) -> bool:  # noqa: FBT001 - pydantic's own form
        if not value and info.data.get("env") == "prod":
            raise ValueError("must be true in prod, or anybody may post receipts")
        return value

    @property
    def public_url(self) -> str | None:
        """Address of Kestra for links in messages, without a trailing slash."""
        url = self.kestra_public_url or self.kestra_url
        return url.rstrip("/") if url else None

    @property
    def data_alerts_channel(self) -> str | None:
        """Slack's id of #data-alerts, or of what stands for it."""
        return self.alerts_slack_channel or self.slack_channel

    @property
    def incidents_channel(self) -> str | None:
        """Slack's id of #incidents, or of what stands for it."""
        return self.incidents_slack_channel or self.data_alerts_channel


def names() -> list[str]:
    """The environment variables that are read, sorted; a test compares them with .env.example and the docs."""
    return sorted(field.alias or name for name, field in Settings.model_fields.items())


@lru_cache(maxsize=8)
def _checked(variables: tuple[tuple[str, str], ...]) -> Settings:
    """The settings of an environment; a server asks for them hundreds of times a page."""
    return Settings.model_validate(dict(variables))


@cache
def _known() -> frozenset[str]:
    return frozenset(names())


def get() -> Settings:
    """Read the settings: the environment, else the release's settings.json, else the defaults.

    Raises:
        ConfigurationError: a value has the wrong form; the message names it and says where it was read.
    """
    known = _known()
    variables = {name: text for name, value in os.environ.items() if name in known and (text := value.strip())}
    try:
        stored = _stored()
        settings = Settings.model_validate(stored | variables) if stored else _checked(tuple(variables.items()))
    except ValidationError as error:
        raise _wrong(error, variables) from None
    if settings.kestra_password:
        redaction.register(settings.kestra_password)
    return settings


def log_level() -> str:
    """OPSFLOWS_LOG_LEVEL unchecked, since what is wrong with the settings must be logged, too."""
    level = os.environ.get("OPSFLOWS_LOG_LEVEL", "").strip()
    if not level:
        with suppress(ConfigurationError):
            level = str(_stored().get("OPSFLOWS_LOG_LEVEL", ""))
    return level.upper() or "INFO"


def _stored() -> dict[str, Any]:
    """What the release's settings.json says; nothing outside a release, or when it was deployed without `--env`."""
    release = os.environ.get("OPSFLOWS_RELEASE", "").strip()
    path = Path(release) / SETTINGS_FILE
    if not release or not path.is_file():
        return {}
    try:
        found = json.loads(path.read_bytes())
    except ValueError:
        found = None
    if not isinstance(found, dict):
        raise ConfigurationError(f"{SETTINGS_FILE} is no JSON object.", next_action="Deploy the release again.")
    return found


def _wrong(error: ValidationError, variables: dict[str, str]) -> ConfigurationError:
    problems = [(str(e["loc"][0]), f"{'.'.join(str(p) for p in e['loc'])}: {e['msg']}") for e in error.errors()]
    shown = [text if name in variables else f"{text} (in {SETTINGS_FILE})" for name, text in problems]
    advice = ["Correct the variable; see .env.example."] if any(name in variables for name, _ in problems) else []
    if any(name not in variables for name, _ in problems):
        advice.append("Correct the environment's file in namespace_files/config and deploy a new release.")
    return ConfigurationError(f"Wrong settings: {'; '.join(shown)}.", next_action=" ".join(advice))


def require(value: str | None, name: str) -> str:
    """Return a setting that this task cannot do without.

    Raises:
        ConfigurationError: it is not set; the message names the variable.
    """
    if not value:
        raise ConfigurationError(f"{name} is not set.", next_action=f"Set {name}; .env.example explains it.")
    return value
