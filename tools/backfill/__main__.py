"""`python -m tools.backfill SOURCE [--since … --until … --plan]`: start the flow etl_backfill and wait for its end."""

from __future__ import annotations

import argparse
import json
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from kit import kestra, settings
from kit.errors import ConfigurationError, OpsflowsError
from tools.doctor import local_stack, surroundings
from tools.secrets import files

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

_FLOW: Final = "executions/opsflows.etl/etl_backfill"
_PASSED: Final = (
    *("table_name", "schema_name", "since", "until", "step"),
    *("parallel", "windows_per_minute", "run_name"),
)
_PAUSE_S: Final = (0.1, 5.0)  # first and longest between two looks
EPILOG = """exit codes: 0 planned, or every window is there (some may be thin), 1 not, 2 wrong arguments or settings
Ended here by Ctrl-C, the backfill itself goes on in Kestra."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Start a backfill, wait for its end, print what became of it and return the exit code."""
    options = _parser().parse_args(arguments)
    try:
        more = local_stack.variables(Path(".stack")) if options.local else {}
        surroundings.enter(options.env, Path(options.secrets_dir), more={**more, "OPSFLOWS_LOG_LEVEL": "ERROR"})
        client = kestra.Client(settings.get())
        execution = _start(client, _inputs(options))
        print(f"execution {execution}", file=sys.stderr)
        state = _wait(client, execution)
        told = client.api("GET", f"outputs/executions/{execution}").json() if state != "KILLED" else {}
        plan = _plan(client, told) if options.plan else ""
    except (ConfigurationError, files.FolderError) as error:
        print(error, file=sys.stderr)
        return 2
    except OpsflowsError as error:
        print(error, file=sys.stderr)
        return 1
    print(json.dumps({"state": state, **told}, indent=1) if options.json else _text(state, told, plan))
    return 0 if state in ("SUCCESS", "WARNING") else 1


def _inputs(options: argparse.Namespace) -> dict[str, str]:
    given = {name: str(value) for name in _PASSED if (value := getattr(options, name)) is not None}
    switches = {"again": options.again, "dry_run": options.plan}
    return {"source": options.source, **given, **{name: "true" for name, on in switches.items() if on}}


def _start(client: kestra.Client, inputs: Mapping[str, str]) -> str:
    form = {name: (None, value) for name, value in inputs.items()}
    return str(client.api("POST", _FLOW, files=form).json()["id"])


def _wait(client: kestra.Client, execution: str) -> str:
    pause = _PAUSE_S[0]
    while (state := client.state(execution)) not in kestra.ENDED:
        time.sleep(pause)
        pause = min(1.5 * pause, _PAUSE_S[1])
    return str(state)


def _plan(client: kestra.Client, told: Mapping[str, Any]) -> str:
    return client.file(told["plan"]).decode() if told.get("plan") else ""


def _text(state: str, told: Mapping[str, Any], plan: str) -> str:
    counts = ", ".join(f"{name} {count}" for name, count in (told.get("counts") or {}).items())
    lines = [f"{state} {told.get('outcome', '')}: {counts}"]
    lines += [f"{row['since']}  {row['state']} {row['code']}, {row['rows']} rows" for row in told.get("problems") or ()]
    return "\n".join([*lines, plan]).rstrip()


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m tools.backfill",
        description="Bring a range of a dataset, window by window, and prove it.",
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("source", help="its name in namespace_files/config/sources.json")
    parser.add_argument("--table", dest="table_name", help="default: sales_events")
    parser.add_argument("--schema", dest="schema_name", help="default: public")
    parser.add_argument("--since", help="ISO time with a zone; default: where what was proven before ends")
    parser.add_argument("--until", help="ISO time with a zone; default: the end of the last whole window")
    parser.add_argument("--step", choices=("day", "week", "month"), help="default: day")
    parser.add_argument("--parallel", type=int, help="windows at a time (default: 2)")
    parser.add_argument("--per-minute", dest="windows_per_minute", type=int, help="windows begun in a minute")
    parser.add_argument("--run-name", help="a name to go on with")
    parser.add_argument("--again", action="store_true", help="bring windows again that were proven before")
    parser.add_argument("--plan", action="store_true", help="only say which windows would be read")
    parser.add_argument("--env", help="settings of namespace_files/config/<env>.yaml; variables win over them")
    parser.add_argument("--secrets-dir", default=str(files.FOLDER), help="folder with one file a secret (%(default)s)")
    parser.add_argument("--local", action="store_true", help="the stack that `make up` started")
    parser.add_argument("--json", action="store_true", help="as JSON")
    return parser


if __name__ == "__main__":
    sys.exit(main())
