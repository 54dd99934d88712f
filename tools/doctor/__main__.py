"""`python -m tools.doctor [--env prod] [--secrets-dir secrets] [--public-url URL] [--local] [--json] [provider …]`."""

from __future__ import annotations

import argparse
import json
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from kit.errors import OpsflowsError
from tools.doctor import local_stack, registry, run, show, surroundings
from tools.doctor.model import Report, State
from tools.secrets import files

if TYPE_CHECKING:
    from collections.abc import Sequence

EPILOG = "exit codes: 0 nothing is wrong, 1 something is, 2 the command itself cannot be carried out"


def main(arguments: Sequence[str] | None = None) -> int:
    """Look, print, and return the exit code: 0 nothing is wrong, 1 something is, 2 wrong arguments or settings."""
    options = _parser().parse_args(arguments)
    try:
        checks = registry.load(options.provider)
        more = local_stack.variables(Path(".stack")) if options.local else {}
        # A check that tries again would say so in the log; here the table says what came of it.
        more = {**more, "OPSFLOWS_LOG_LEVEL": "ERROR"}
        where = surroundings.enter(options.env, Path(options.secrets_dir), more=more, public_url=options.public_url)
    except (ValueError, OpsflowsError, files.FolderError) as error:
        print(error, file=sys.stderr)
        return 2
    reports = run.examine(checks, where)
    print(_as_json(options.env, reports) if options.json else show.table(reports, sys.stdout))
    return 1 if any(_is_wrong(report, named=bool(options.provider)) for report in reports) else 0


def _is_wrong(report: Report, *, named: bool) -> bool:
    """Who names a provider wants it to work; otherwise one that is not set up is nobody's fault."""
    return report.state is State.WRONG or (named and report.state is State.ABSENT)


def _as_json(environment: str | None, reports: Sequence[Report]) -> str:
    found = {
        "environment": environment,
        "checked_at": datetime.now(UTC).isoformat(timespec="seconds"),
        "providers": [report.as_json() for report in reports],
    }
    return json.dumps(found, indent=1, ensure_ascii=False)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m tools.doctor",
        description="Is every provider set up? Reads only, posts nothing, shows no secret.",
        epilog=EPILOG,
    )
    parser.add_argument("provider", nargs="*", help=f"only these: {', '.join(registry.PROVIDERS)}")
    parser.add_argument("--env", help="settings of namespace_files/config/<env>.yaml; variables win over them")
    parser.add_argument("--secrets-dir", default=str(files.FOLDER), help="folder with one file a secret (%(default)s)")
    parser.add_argument("--public-url", help="the edge's address, default https:// and EDGE_SERVER_NAME")
    parser.add_argument("--local", action="store_true", help="the stack that `make up` started")
    parser.add_argument("--json", action="store_true", help="as JSON")
    return parser


if __name__ == "__main__":
    sys.exit(main())
