"""`python -m tools.secrets check|make|rotate|kubernetes`: the folder of secrets. No command shows a value."""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path

from tools.secrets import change, cluster, files, report

ENV_FILE = Path(".env")


def check(arguments: argparse.Namespace) -> int:
    """Say what is missing, weak, open to others or strange; exit code 1 when anything is."""
    named: Path | None = arguments.env_file
    if named and not named.is_file():
        raise change.ChangeError(f"{named} is not there. Name your file of settings, or leave --env-file out.")
    env_file = named or (ENV_FILE if ENV_FILE.is_file() else None)
    found = report.examine(arguments.dir, env_file)
    print(json.dumps(found.as_json(), indent=1) if arguments.json else found.as_text())
    return 0 if found.good else 1


def make(arguments: argparse.Namespace) -> int:
    """Create what can be made, and say what is left to a person."""
    created = change.make(arguments.dir)
    print(f"created in {arguments.dir}/: {', '.join(created) or 'nothing, all of them are there'}")
    left = [line.name for line in report.examine(arguments.dir).lines if "is missing" in line.problems]
    if left:
        print(f"yours to add: {', '.join(left)}\npython -m tools.secrets check says where each comes from.")
    return 0


def rotate(arguments: argparse.Namespace) -> int:
    """Put a new value beside the old one, or end that."""
    name: str = arguments.name
    if arguments.finish:
        ended = change.finish(arguments.dir, name)
        print(f"{name}: {'the previous value is gone' if ended else 'no rotation is under way'}")
    else:
        change.rotate(arguments.dir, name, change.ask)
        print(f"{name}: the new value is written, and the previous one stays live. docs/secrets.md has the next steps.")
    return 0


def kubernetes(arguments: argparse.Namespace) -> int:
    """Put the secrets into a cluster, by kubectl: one Secret a consumer (docs/scaling.md)."""
    for name in cluster.apply(arguments.dir, arguments.namespace):
        print(f"{arguments.namespace}/{name} is written")
    return 0


def main(given: list[str] | None = None) -> int:
    """Run one command; returns its exit code."""
    arguments = _parser().parse_args(given)
    try:
        code: int = arguments.run(arguments)
    except (files.FolderError, change.ChangeError) as error:
        print(error, file=sys.stderr)
        return 1
    return code


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m tools.secrets", description=__doc__)
    commands = parser.add_subparsers(required=True, metavar="check|make|rotate|kubernetes")
    for run in (check, make, rotate, kubernetes):
        command = commands.add_parser(run.__name__, help=run.__doc__, description=run.__doc__)
        command.set_defaults(run=run)
        command.add_argument("--dir", type=Path, default=files.FOLDER, help="the folder (default: secrets)")
        if run is check:
            command.add_argument("--env-file", type=Path, help="the file of settings (default: .env when it is there)")
            command.add_argument("--json", action="store_true", help="as JSON")
        if run is rotate:
            command.add_argument("name", metavar="NAME")
            command.add_argument("--finish", action="store_true", help="take the previous value away")
        if run is kubernetes:
            command.add_argument("--namespace", default="opsflows", help="of the cluster (default: opsflows)")
    return parser


if __name__ == "__main__":
    sys.exit(main())
