"""`python -m tools.deploy`: deploy this checkout to a Kestra server, go back to an earlier release, list releases.

    python -m tools.deploy [deploy] [--env E] [--plan] [--prune] [--no-migrate] [--no-smoke]
    python -m tools.deploy rollback [--to VERSION] [--env E] [--no-smoke]
    python -m tools.deploy releases [--remove-unused] [--env E]

The server is the one of the environment's file, unless OPSFLOWS_KESTRA_URL and _USERNAME name another; the password
comes from OPSFLOWS_KESTRA_PASSWORD only. Exit code: 0 done, 1 failed or (--plan) it would be refused, 2 not set up.
"""

import argparse
import sys
from typing import TextIO

from kit import redaction
from kit.errors import ConfigurationError
from tools.deploy import environments, hidden, plan, release, releases, run
from tools.deploy.environments import Environment
from tools.deploy.lock import LockError
from tools.deploy.options import DeployError, Options
from tools.deploy.rollback import rollback
from tools.deploy.server import Server, ServerError, Target

COMMANDS = ("deploy", "rollback", "releases")


def main(arguments: list[str]) -> int:
    """Run one command and return the exit code."""
    is_named = bool(arguments) and arguments[0] in (*COMMANDS, "-h", "--help")
    given = _parser().parse_args(arguments if is_named else ["deploy", *arguments])
    hidden.register()
    try:
        environment = environments.load(given.env) if given.env else None
        server = Server(_target(environment))
        return int(_RUN[given.command](given, server, environment))
    except (ConfigurationError, ValueError) as error:
        _tell(str(error), file=sys.stderr)
        return 2
    except (DeployError, LockError, ServerError) as error:
        _tell(str(error), file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        _tell("Interrupted. Run it again, or go back with: make rollback", file=sys.stderr)
        return 1


def _deploy(given: argparse.Namespace, server: Server, environment: Environment | None) -> int:
    found = release.load(settings=environment.settings_json() if environment else None)
    options = Options(given.prune, migrate=given.migrate, smoke=given.smoke, environment=given.env)
    if given.plan:
        planned = plan.make(found, server, options)
        _tell(plan.render(planned))
        return 1 if planned.refusals else 0
    run.deploy(found, server, options, _tell)
    return 0


def _rollback(given: argparse.Namespace, server: Server, _environment: Environment | None) -> int:
    rollback(server, given.to, Options(smoke=given.smoke, environment=given.env), _tell)
    return 0


def _releases(given: argparse.Namespace, server: Server, _environment: Environment | None) -> int:
    if given.remove_unused:
        removed = releases.remove_unused(server, _tell)
        _tell(f"{len(removed)} removed")
    else:
        _tell(releases.table(releases.find(server)))
    return 0


_RUN = dict(zip(COMMANDS, (_deploy, _rollback, _releases), strict=True))


def _target(environment: Environment | None) -> Target:
    if environment is None:
        return Target.from_environment()
    return Target.from_environment(environment.kestra_url, environment.kestra_username)


def _tell(text: str, file: TextIO | None = None) -> None:
    print(redaction.mask_secrets(text), file=file or sys.stdout, flush=True)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m tools.deploy", description="Deploy to a Kestra server.")
    commands = parser.add_subparsers(dest="command", required=True)
    deploy, back, listing = (commands.add_parser(name) for name in COMMANDS)
    for command in (deploy, back, listing):
        command.add_argument("--env", metavar="E", help="dev, stg or prod: server and settings from its file")
    for command in (deploy, back):
        command.add_argument("--no-smoke", dest="smoke", action="store_false", help="do not run deploy_smoke")
    deploy.add_argument("--plan", action="store_true", help="say what would be done, and do nothing")
    deploy.add_argument("--prune", action="store_true", help="delete our flows that the release does not have")
    deploy.add_argument("--no-migrate", dest="migrate", action="store_false", help="do not run schema_migrate")
    back.add_argument("--to", metavar="VERSION", help="default: the release before")
    listing.add_argument("--remove-unused", action="store_true", help="remove the files of those that nothing needs")
    return parser


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
