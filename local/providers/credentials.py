"""Made-up credentials of the sandbox: generated at the first start, never committed.

The service account holds a real RSA key, because google-auth signs its token request with it and the sandbox checks
that signature against the public half.
"""

from __future__ import annotations

import json
import random
import secrets
import socket
import uuid
from contextlib import suppress
from dataclasses import asdict, dataclass, fields
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from kit import private_files

if TYPE_CHECKING:
    from pathlib import Path

GRAPH_VERSION = "v26.0"
ALERTS_CHANNEL, INCIDENTS_CHANNEL, TEST_CHANNEL = "C0ALERTS", "C0INCIDENTS", "C0ALERTTEST"
# Below those that a system hands out by itself, so that nobody takes it between two starts.
_SMTP_PORTS = range(20_000, 30_000)
# HubSpot signs the public address, which is the edge's; locally its events go straight to the engine.
HUBSPOT_PUBLIC_URL = "https://hooks.example.com/hooks/hubspot"


@dataclass(frozen=True, slots=True)
class Credentials:
    """Everything that the project must know to talk to one sandbox."""

    whatsapp_app_secret: str
    whatsapp_token: str
    whatsapp_webhook_key: str
    whatsapp_phone_number_id: str
    whatsapp_business_id: str
    whatsapp_display_number: str
    openai_api_key: str
    google_private_key: str
    google_private_key_id: str
    google_client_email: str
    google_project: str
    google_spreadsheet_id: str
    slack_bot_token: str
    slack_webhook_path: str
    slack_channel: str
    hubspot_token: str
    hubspot_client_secret: str
    manychat_token: str
    manychat_secret: str
    manychat_webhook_key: str
    hubspot_webhook_key: str
    shop_token: str
    vault_token: str
    vault_role_id: str
    vault_secret_id: str
    console_key: str
    pagerduty_routing_key: str
    smtp_port: int

    def channels(self) -> tuple[str, ...]:
        """Slack's channels: the cards', and those of alerts."""
        return (self.slack_channel, ALERTS_CHANNEL, INCIDENTS_CHANNEL, TEST_CHANNEL)

    def service_account(self, base_url: str) -> dict[str, str]:
        """The service account as Google's JSON file has it; ``token_uri`` points at the sandbox."""
        return {
            "type": "service_account",
            "project_id": self.google_project,
            "private_key_id": self.google_private_key_id,
            "private_key": self.google_private_key,
            "client_email": self.google_client_email,
            "client_id": "100000000000000000001",
            "auth_uri": f"{base_url}/google/auth",
            "token_uri": f"{base_url}/google/token",
            "universe_domain": "googleapis.com",
        }

    def settings(self, base_url: str) -> dict[str, str]:
        """The settings (environment variables, no secrets) that point the project at the sandbox."""
        return {
            "WHATSAPP_BASE_URL": f"{base_url}/whatsapp",
            "OPSFLOWS_WHATSAPP_API_VERSION": GRAPH_VERSION,
            "OPSFLOWS_WHATSAPP_MEDIA_HOSTS": urlsplit(base_url).hostname or "127.0.0.1",
            "OPENAI_BASE_URL": f"{base_url}/openai/v1",
            "GOOGLE_BASE_URL": f"{base_url}/google",
            "OPSFLOWS_SHEET_ID": self.google_spreadsheet_id,
            "SLACK_BASE_URL": f"{base_url}/slack/api",
            "OPSFLOWS_SLACK_CHANNEL": self.slack_channel,
            "OPSFLOWS_ALERTS_SLACK_CHANNEL": ALERTS_CHANNEL,
            "OPSFLOWS_INCIDENTS_SLACK_CHANNEL": INCIDENTS_CHANNEL,
            "OPSFLOWS_ALERTS_TEST_CHANNEL": TEST_CHANNEL,
            "OPSFLOWS_ALERTS_QUIET_HOURS": "false",
            "OPSFLOWS_ALERTS_EMAIL_TO": "data@opsflows.example",
            "OPSFLOWS_ALERTS_EMAIL_FROM": "alerts@opsflows.example",
            "OPSFLOWS_SMTP_HOST": "127.0.0.1",
            "OPSFLOWS_SMTP_PORT": str(self.smtp_port),
            "OPSFLOWS_SMTP_SECURITY": "none",
            "PAGERDUTY_BASE_URL": f"{base_url}/pagerduty",
            "HUBSPOT_BASE_URL": f"{base_url}/hubspot",
            "MANYCHAT_BASE_URL": f"{base_url}/manychat",
            "OPSFLOWS_ETL_API_URL": f"{base_url}/shop",
            "OPSFLOWS_HUBSPOT_WEBHOOK_URL": HUBSPOT_PUBLIC_URL,
            "OPSFLOWS_HTTP_ALLOW_PRIVATE": urlsplit(base_url).netloc,
        }

    def vault_settings(self, base_url: str) -> dict[str, str]:
        """The setting that lets tasks ask the sandbox's Vault; not among the others, since most do without."""
        return {"VAULT_ADDR": f"{base_url}/vault"}

    def vault_secrets(self) -> dict[str, str]:
        """The way in as an AppRole; `vault_token` is the other way."""
        return {"VAULT_ROLE_ID": self.vault_role_id, "VAULT_SECRET_ID": self.vault_secret_id}

    def secrets(self, base_url: str) -> dict[str, str]:
        """The secrets under the names that the flows use."""
        return {
            "WHATSAPP_APP_SECRET": self.whatsapp_app_secret,
            "WHATSAPP_TOKEN": self.whatsapp_token,
            "WHATSAPP_WEBHOOK_KEY": self.whatsapp_webhook_key,
            "OPENAI_API_KEY": self.openai_api_key,
            "GOOGLE_SERVICE_ACCOUNT": json.dumps(self.service_account(base_url)),
            "SLACK_BOT_TOKEN": self.slack_bot_token,
            "HUBSPOT_TOKEN": self.hubspot_token,
            "HUBSPOT_CLIENT_SECRET": self.hubspot_client_secret,
            "MANYCHAT_TOKEN": self.manychat_token,
            "OPSFLOWS_MANYCHAT_SECRET": self.manychat_secret,
            "MANYCHAT_WEBHOOK_KEY": self.manychat_webhook_key,
            "HUBSPOT_WEBHOOK_KEY": self.hubspot_webhook_key,
            "ETL_API_TOKEN": self.shop_token,
            "OPSFLOWS_CONSOLE_KEY": self.console_key,
            "PAGERDUTY_ROUTING_KEY": self.pagerduty_routing_key,
            "SLACK_WEBHOOK_URL": f"{base_url}/slack{self.slack_webhook_path}",
        }


def _missing() -> dict[str, Any]:
    """What a file of an earlier version does not have."""
    return {
        "hubspot_token": f"pat-eu1-{uuid.uuid4()}",
        "hubspot_client_secret": str(uuid.uuid4()),
        "manychat_token": f"147000:{secrets.token_hex(16)}",
        "manychat_secret": secrets.token_urlsafe(32),
        "manychat_webhook_key": secrets.token_urlsafe(24),
        "hubspot_webhook_key": secrets.token_urlsafe(24),
        "shop_token": secrets.token_urlsafe(32),
        "vault_token": "hvs." + secrets.token_urlsafe(24),
        "vault_role_id": str(uuid.uuid4()),
        "vault_secret_id": str(uuid.uuid4()),
        "console_key": secrets.token_urlsafe(32),
        "pagerduty_routing_key": secrets.token_hex(16),
        "smtp_port": _free_port(),
    }


def _free_port() -> int:
    """A port that nobody listens on now."""
    for port in random.SystemRandom().sample(_SMTP_PORTS, 50):
        with suppress(OSError), socket.create_server(("127.0.0.1", port)):
            return port
    raise RuntimeError("No port is free for the sandbox's mail server.")


def generate() -> Credentials:
    """New credentials in the providers' own forms; about 0.1 s for the RSA key."""
    return Credentials(
        whatsapp_app_secret=secrets.token_hex(16),
        whatsapp_token="EAA" + secrets.token_urlsafe(60).replace("-", "Z").replace("_", "Z"),
        whatsapp_webhook_key=secrets.token_urlsafe(24),
        whatsapp_phone_number_id="1088451004357858",
        whatsapp_business_id="102290129340398",
        whatsapp_display_number="34910000000",
        openai_api_key="sk-sandbox-" + secrets.token_hex(24),
        google_private_key=_private_key(),
        google_private_key_id=secrets.token_hex(20),
        google_client_email="opsflows@opsflows-sandbox.iam.gserviceaccount.com",
        google_project="opsflows-sandbox",
        google_spreadsheet_id="1" + secrets.token_urlsafe(32),
        slack_bot_token="xoxb-" + secrets.token_hex(24),
        slack_webhook_path=f"/services/T{secrets.token_hex(4).upper()}/B{secrets.token_hex(4).upper()}/{secrets.token_hex(12)}",
        slack_channel="C0SANDBOX",
        **_missing(),
    )


def load_or_generate(path: Path) -> Credentials:
    """Read credentials from a file that only its owner can read, or make and write them."""
    if path.exists():
        data = json.loads(path.read_text(encoding="utf-8"))
        known = Credentials(**{field.name: (_missing() | data)[field.name] for field in fields(Credentials)})
        if asdict(known) != data:
            write(known, path)
        return known
    made = generate()
    write(made, path)
    return made


def write(credentials: Credentials, path: Path) -> None:
    """Write credentials to a file with mode 0600."""
    path.parent.mkdir(parents=True, exist_ok=True)
    private_files.write(path, json.dumps(asdict(credentials), indent=1).encode())


def public_key(credentials: Credentials) -> bytes:
    """The PEM of the service account's public key."""
    from cryptography.hazmat.primitives import serialization

    key = serialization.load_pem_private_key(credentials.google_private_key.encode(), password=None)
    return key.public_key().public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)


def _private_key() -> str:
    from cryptography.hazmat.primitives import serialization
    from cryptography.hazmat.primitives.asymmetric import rsa

    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    return key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    ).decode()
