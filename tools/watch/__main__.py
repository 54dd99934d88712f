"""`python -m tools.watch [--env prod]`: look from outside whether Kestra works; tell people, or ping the heartbeat."""

from __future__ import annotations

import argparse
import json
import sys
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from kit.errors import OpsflowsError
from tools.doctor import local_stack, surroundings
from tools.secrets import files
from tools.watch import memory, tell
from tools.watch.looks import look

if TYPE_CHECKING:
    from collections.abc import Sequence

    from kit.settings import Settings
    from tools.watch.looks import Look
    from tools.watch.memory import Change, Memory

EPILOG = "exit codes: 0 all is well, 1 something is wrong, 2 nobody could be told, or the command cannot be carried out"


def main(arguments: Sequence[str] | None = None) -> int:
    """Look once; 0 well, 1 wrong, 2 nobody could be told or the settings are wrong."""
    options = _parser().parse_args(arguments)
    try:
        more = local_stack.variables(Path(".stack")) if options.local else {}
        more = {**more, "OPSFLOWS_LOG_LEVEL": "ERROR"}
        config = surroundings.enter(options.env, Path(options.secrets_dir), more=more).settings
    except (ValueError, OpsflowsError, files.FolderError) as error:
        print(error, file=sys.stderr)
        return 2
    found = look(config, max_age_s=options.max_age_s)
    good = found.state == "ok"
    path = Path(options.memory)
    then = memory.load(path)
    now, change = memory.after(then, good=good, least=options.after, repeat_s=options.repeat_s)
    told: dict[str, str] = {}
    beaten = None
    if not options.dry_run:
        told = _told(found, change, then, config)
        beaten = tell.beat() if good else None
        # What reached nobody is told again at the next look; what reached some, to the others.
        missed = tuple(name for name, how in told.items() if how != "sent")
        reached = not change or len(missed) < len(told)
        memory.save(path, replace(now, owed=change or then.owed, missed=missed) if reached else then)
    print(json.dumps({"state": found.state, "seen": found.message, "change": change, "told": told, "beat": beaten}))
    if change and not options.dry_run and "sent" not in told.values():
        return 2
    return 0 if good else 1


def _told(found: Look, change: Change | None, then: Memory, config: Settings) -> dict[str, str]:
    if change:
        return tell.tell(found, change, config)
    return tell.tell(found, then.owed, config, then.missed) if then.owed and then.missed else {}


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m tools.watch",
        description="Does Kestra answer, and does it watch itself? Tells people without it, or pings the heartbeat.",
        epilog=EPILOG,
    )
    parser.add_argument("--env", help="settings of namespace_files/config/<env>.yaml; variables win over them")
    parser.add_argument("--secrets-dir", default=str(files.FOLDER), help="folder with one file a secret (%(default)s)")
    parser.add_argument("--local", action="store_true", help="the stack that `make up` started")
    parser.add_argument(
        "--max-age-s", type=float, default=300, help="age of runs_collect's last good end (%(default)s)"
    )
    parser.add_argument("--after", type=int, default=2, help="bad looks in a row before anybody is told (%(default)s)")
    parser.add_argument("--repeat-s", type=float, default=3600, help="seconds until it is told again (%(default)s)")
    parser.add_argument("--memory", default=".cache/watch.json", help="what the looks before saw (%(default)s)")
    parser.add_argument("--dry-run", action="store_true", help="look and print only")
    return parser


if __name__ == "__main__":
    sys.exit(main())
