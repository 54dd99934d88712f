"""Start and stop the local stack; what a failed start began is ended again."""

import json
import secrets as random_secrets
from contextlib import ExitStack
from dataclasses import dataclass, replace
from pathlib import Path

from local import console as web_console
from local import ports, postgres
from local.engine import Engine, EngineConfig
from local.engine import start as start_engine
from local.providers import server as sandbox_server
from local.providers.client import SandboxClient
from local.providers.credentials import Credentials
from platform_tasks import migrate
from tools.deploy import release, run
from tools.deploy.options import Options
from tools.deploy.server import Server, Target
from tools.stack import environment, processes

# What stands in the command lines of our processes, so that a recycled process id is never taken for one of them.
ENGINE_MARKER = "engine.jar"
SANDBOX_MARKER = "local.providers"
INTAKE = "opsflows.tickets/whatsapp_ticket_to_sheet_doc"


@dataclass
class Stack:
    """A running local stack."""

    home: Path
    postgres: postgres.Server
    sandbox: sandbox_server.Sandbox
    engine: Engine
    target: Target
    config: EngineConfig
    console: web_console.Console | None = None

    @property
    def webhook_url(self) -> str:
        """Where WhatsApp posts to."""
        return f"{self.engine.url}/api/v1/main/executions/webhook/{INTAKE}/{self.credentials.whatsapp_webhook_key}"

    @property
    def credentials(self) -> Credentials:
        """The made-up credentials of the sandbox."""
        return self.sandbox.credentials

    @property
    def providers(self) -> SandboxClient:
        """What the providers received, and the faults that they can be told to make."""
        return SandboxClient(self.sandbox.base_url)

    def deploy(self) -> None:
        """Deploy this checkout, quietly; the schema is there already."""
        run.deploy(release.load(), Server(self.target), Options(migrate=False, smoke=False), say=lambda _line: None)

    def is_alive(self) -> bool:
        """Whether the engine runs."""
        return processes.runs(self.engine.pid, ENGINE_MARKER)

    def restart_engine(self) -> None:
        """Start the engine again on the same data, after it was stopped or killed."""
        self.engine = start_engine(self.config)

    def restart_postgres(self) -> None:
        """Start Postgres again on the same data and port."""
        self.postgres = postgres.start(self.home / "postgres")

    def stop(self) -> None:
        """Stop everything that this stack started."""
        if self.console:
            self.console.stop()
        self.engine.stop()
        self.sandbox.stop()
        self.postgres.stop()


def start(
    home: Path,
    *,
    detached: bool = False,
    vision: bool = False,
    engine_port: int = 0,
    sandbox_port: int = 0,
    console_port: int | None = None,
    log_level: str = "INFO",
) -> Stack:
    """Start Postgres, the sandbox and the engine, migrate, and deploy.

    Args:
        home: folder for the data, the logs and the made-up credentials.
        detached: the processes outlive this one.
        vision: give the flows a key, so that they ask the sandbox's vision model where the OCR is unsure.
        engine_port: where the engine listens; 0 takes a free one.
        sandbox_port: where the sandbox listens; 0 takes a free one.
        console_port: where the web console listens; 0 takes a free one, None starts none.
        log_level: of the tasks.
    """
    home.mkdir(parents=True, exist_ok=True)
    with ExitStack() as unless_all_is_up:
        database = postgres.start(home / "postgres")
        unless_all_is_up.callback(database.stop)
        migrate.apply(database.dsn)
        sandbox = sandbox_server.start(sandbox_port, state_dir=home / "sandbox", detached=detached)
        unless_all_is_up.callback(sandbox.stop)
        config = _engine_config(home, sandbox, database.dsn, engine_port or ports.free(), vision=vision)
        config = replace(config, env={**config.env, "OPSFLOWS_LOG_LEVEL": log_level})
        if console_port is not None:
            console_port = console_port or ports.free()
            config = replace(config, env={**config.env, "OPSFLOWS_CONSOLE_URL": f"http://127.0.0.1:{console_port}"})
        started = start_engine(config)
        unless_all_is_up.callback(started.stop)
        target = Target(started.url, config.username, config.password)
        stack = Stack(home, database, sandbox, started, target, config)
        stack.deploy()
        stack.providers.target(stack.webhook_url, sandbox.credentials.whatsapp_app_secret)
        if console_port is not None:
            settings = environment.console(config)
            stack.console = web_console.start(console_port, settings, log=home / "console.log", detached=detached)
            unless_all_is_up.callback(stack.console.stop)
        unless_all_is_up.pop_all()
    return stack


def _engine_config(home: Path, sandbox: sandbox_server.Sandbox, dsn: str, port: int, *, vision: bool) -> EngineConfig:
    url, password = f"http://127.0.0.1:{port}", _password(home)
    env = environment.settings(sandbox.credentials, sandbox.base_url, dsn, url, password)
    return EngineConfig(
        port=port,
        data_dir=home / "engine",
        username=environment.USERNAME,
        password=password,
        secrets=environment.secrets(sandbox.credentials, sandbox.base_url, vision=vision)
        | {"KESTRA_ADMIN_PASSWORD": password},
        env=env | {"OPSFLOWS_ETL_BUCKET": str(home / "bucket")},
    )


def _password(home: Path) -> str:
    """The password of this stack's only user, made at its first start."""
    file = home / "password.json"
    if not file.exists():
        file.touch(mode=0o600)
        file.write_text(json.dumps("Aa1" + random_secrets.token_urlsafe(15)), encoding="utf-8")
    return str(json.loads(file.read_text(encoding="utf-8")))
