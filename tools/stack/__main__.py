"""`python -m tools.stack up|down`: the local stack in the folder .stack, for people."""

import json
import sys
from pathlib import Path

from kit.errors import OpsflowsError
from local import console, ports, postgres
from local.engine import EngineError
from local.engine_build import BuildError
from tools.deploy.run import DeployError
from tools.stack import processes
from tools.stack.stack import ENGINE_MARKER, SANDBOX_MARKER, Stack, start

HOME = Path(".stack").resolve()
STATE = HOME / "stack.json"
PORTS = (8080, 8090, 8070)
PORT_S = 2


def up() -> int:
    """Start everything, afresh when it runs already, and say where it is."""
    down(quiet=True)
    engine_port, sandbox_port, console_port = (port if ports.becomes_free(port, PORT_S) else 0 for port in PORTS)
    stack = start(HOME, detached=True, engine_port=engine_port, sandbox_port=sandbox_port, console_port=console_port)
    console_url = stack.console.url if stack.console else ""
    urls = {"engine_url": stack.engine.url, "sandbox_url": stack.sandbox.base_url}  # for tools.doctor --local
    pids = {"engine": stack.engine.pid, "sandbox": stack.sandbox.pid}
    pids |= {"console": stack.console.pid} if stack.console else {}
    STATE.write_text(json.dumps(pids | urls), encoding="utf-8")
    print("\n".join(where(stack)))
    for wanted, url in zip(PORTS, (stack.engine.url, stack.sandbox.base_url, console_url), strict=True):
        if not url.endswith(f":{wanted}"):
            print(f"Port {wanted} is in use by another program: {url} instead.", file=sys.stderr)
    return 0


def where(stack: Stack) -> list[str]:
    """What a person needs to know to look around."""
    return [
        f"Providers, as they see us   {stack.sandbox.base_url}/",
        f"Kestra API                  {stack.engine.url}  (user {stack.config.username})",
        f"Web console                 {stack.console.url if stack.console else ''}/  (sign in as opsflows)",
        f"Password of both            {HOME / 'password.json'}",
        f"Postgres                    {stack.postgres.dsn}",
        "Stop with                   make down",
    ]


def down(*, quiet: bool = False) -> int:
    """Stop what `up` started; the data stay."""
    known = json.loads(STATE.read_text(encoding="utf-8")) if STATE.exists() else {}
    for name, marker in (("console", console.MARKER), ("engine", ENGINE_MARKER), ("sandbox", SANDBOX_MARKER)):
        processes.end(known.get(name), marker)
    postgres.stop(HOME / "postgres")
    STATE.unlink(missing_ok=True)
    if not quiet:
        print("stopped; the data are in .stack")
    return 0


def main(arguments: list[str]) -> int:
    """Run one of the two commands."""
    commands = {"up": up, "down": down}
    if len(arguments) != 1 or arguments[0] not in commands:
        print("usage: python -m tools.stack up|down", file=sys.stderr)
        return 2
    try:
        return commands[arguments[0]]()
    except (OpsflowsError, BuildError, EngineError, DeployError, RuntimeError) as error:
        print(error, file=sys.stderr)
        return 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
