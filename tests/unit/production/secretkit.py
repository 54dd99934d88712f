"""A folder of good secrets, each of them a canary: none may be seen anywhere but where it belongs."""

import base64
import json
import secrets
from pathlib import Path

from tools.secrets import catalogue

SPECIAL = {
    "password": lambda: f"Aa1{secrets.token_urlsafe(24)}",
    "key32": lambda: base64.b64encode(secrets.token_bytes(32)).decode(),
    "hex": lambda: secrets.token_hex(16),
    "https": lambda: f"https://hooks.slack.com/services/{secrets.token_urlsafe(24)}",
    "slack_bot": lambda: f"xoxb-{secrets.token_urlsafe(24)}",
    "console_users": lambda: f"ana:reader:scrypt$32768$8$3${secrets.token_hex(8)}${secrets.token_hex(16)}",
    "service_account": lambda: json.dumps(
        {
            "type": "service_account",
            "client_email": "robot@project.iam.gserviceaccount.com",
            "private_key": f"-----BEGIN PRIVATE KEY-----\n{secrets.token_urlsafe(64)}\n-----END PRIVATE KEY-----\n",
        }
    ),
}


def good() -> dict[str, str]:
    """A good value for every secret of the catalogue."""
    return {
        secret.name: SPECIAL.get(secret.rule, lambda: secrets.token_urlsafe(48))() for secret in catalogue.CATALOGUE
    }


def write(folder: Path, values: dict[str, str]) -> Path:
    """Write one file a secret, as an editor would: with a line break at the end."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, value in values.items():
        (folder / name).write_text(f"{value}\n")
    return folder
