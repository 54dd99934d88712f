"""The settings and secrets with which the local engine runs the flows against the sandbox."""

from urllib.parse import urlsplit

from local.engine import EngineConfig
from local.providers.credentials import Credentials
from tools.secrets.catalogue import FLOWS, needed_by

USERNAME = "admin@opsflows.example"
# Kestra does not render a secret that is missing: a blank one says "not set".
OPTIONAL_SECRETS = tuple(secret.name for secret in needed_by(FLOWS) if not secret.required)


def settings(credentials: Credentials, sandbox_url: str, pg_dsn: str, engine_url: str, password: str) -> dict[str, str]:
    """The environment that script tasks inherit from the engine: settings, and Kestra's own user for erasures."""
    common = credentials.settings(sandbox_url)
    private = f"{common['OPSFLOWS_HTTP_ALLOW_PRIVATE']},{urlsplit(engine_url).netloc}"
    return {
        **common,
        "OPSFLOWS_HTTP_ALLOW_PRIVATE": private,
        "OPSFLOWS_KESTRA_URL": engine_url,
        "OPSFLOWS_KESTRA_USERNAME": USERNAME,
        "OPSFLOWS_KESTRA_PASSWORD": password,
        "OPSFLOWS_ENV": "dev",
        "OPSFLOWS_PG_DSN": pg_dsn,
        "OPSFLOWS_KESTRA_PUBLIC_URL": engine_url,
    }


def secrets(credentials: Credentials, sandbox_url: str, *, vision: bool = False) -> dict[str, str]:
    """The secrets that flows may name; the vision model is off unless asked for, as on a machine without a key."""
    found = dict.fromkeys(OPTIONAL_SECRETS, "") | credentials.secrets(sandbox_url)
    return found if vision else found | {"OPENAI_API_KEY": ""}


def console(config: EngineConfig) -> dict[str, str]:
    """The settings and secrets of the web console; its password is the engine's, so that there is one to remember."""
    key = {"OPSFLOWS_CONSOLE_KEY": config.secrets["OPSFLOWS_CONSOLE_KEY"]}
    access = {"OPSFLOWS_CONSOLE_PASSWORD": config.password, "OPSFLOWS_METRICS_TOKEN": config.password}
    return {**config.env, **key, **access}
