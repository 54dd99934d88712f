"""The stack of `make up`, as the doctor finds it in `.stack`: the same values that the local engine was given."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from kit.errors import ConfigurationError
from local.providers.credentials import load_or_generate
from tools.stack import environment

if TYPE_CHECKING:
    from pathlib import Path


def variables(home: Path) -> dict[str, str]:
    """Settings and secrets of the local stack, by the names of environment variables.

    Raises:
        ConfigurationError: there is no local stack.
    """
    stack = _read(home / "stack.json")
    credentials_file = home / "sandbox" / "credentials.json"
    if not {"engine_url", "sandbox_url"} <= stack.keys() or not credentials_file.exists():
        raise ConfigurationError("No local stack runs here.", next_action="Start it: make up.")
    credentials = load_or_generate(credentials_file)
    password = str(_read(home / "password.json"))
    return {
        **environment.settings(credentials, stack["sandbox_url"], _dsn(home), stack["engine_url"], password),
        **environment.secrets(credentials, stack["sandbox_url"]),
        "OPSFLOWS_ETL_BUCKET": str(home / "bucket"),
    }


def _dsn(home: Path) -> str:
    server = _read(home / "postgres" / "server.json")
    return f"postgresql://opsflows:{server.get('password')}@127.0.0.1:{server.get('port')}/opsflows"


def _read(path: Path) -> Any:
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
