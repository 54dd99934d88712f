"""`python -m tools.backup create|verify|restore|drill|list|prune`: see `--help` and docs/backup.md."""

import argparse
import os
import signal
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

from tools.backup import create, drill, folder, manifest, restore, settings, swap, verify
from tools.backup.errors import BackupError
from tools.backup.settings import Settings


def main(arguments: list[str]) -> int:
    """Run one command; exit code 0 done, 1 refused, failed or different, 2 wrong usage."""
    flags = _parser().parse_args(arguments)
    signal.signal(signal.SIGTERM, _end)
    os.umask(0o077)
    run: Callable[[Settings, argparse.Namespace], int] = flags.run
    try:
        return run(settings.from_flags(flags), flags)
    except BackupError as error:
        print(error, file=sys.stderr)
        return 1


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m tools.backup", description="Backup of databases and storage.")
    settings.add_flags(parser, os.environ)
    commands = parser.add_subparsers(required=True, metavar="command")
    commands.add_parser("create", help="make a backup, check it, rotate").set_defaults(run=_create)
    commands.add_parser("list", help="list the backups").set_defaults(run=_list)
    commands.add_parser("prune", help="delete all but the newest KEEP_BACKUPS").set_defaults(run=_prune)
    _with_name(commands.add_parser("verify", help="check one backup's bytes and contents"), "latest", _verify)
    _add_restore(commands.add_parser("restore", help="put a backup in the place of what is there"))
    _add_drill(commands.add_parser("drill", help="restore into scratch, compare, report"))
    return parser


def _with_name(
    parser: argparse.ArgumentParser, default: str | None, run: Callable[[Settings, argparse.Namespace], int]
) -> None:
    parser.add_argument("name", nargs="?", default=default, help="a backup, or latest")
    parser.set_defaults(run=run)


def _add_restore(parser: argparse.ArgumentParser) -> None:
    _with_name(parser, None, _restore)
    parser.add_argument("--yes", action="store_true", help="replace what is not empty; the old is kept")
    parser.add_argument("--only", metavar="DATABASE", help="this database alone; the rest stays as it is")
    parser.add_argument("--drop-old", action="store_true", help="drop what this or an earlier restore kept")


def _add_drill(parser: argparse.ArgumentParser) -> None:
    _with_name(parser, "latest", _drill)
    parser.add_argument("--scratch", type=Path, default=Path(tempfile.gettempdir()), help="folder to unpack into")
    parser.add_argument("--json", action="store_true", help="print the report as JSON")


def _create(chosen: Settings, _flags: argparse.Namespace) -> int:
    create.create(chosen, _say)
    return 0


def _list(chosen: Settings, _flags: argparse.Namespace) -> int:
    for name in folder.names(chosen.folder):
        try:
            made = manifest.load(chosen.folder / name)
            print(f"{name}  {made.size / 1e6:10,.1f} MB  opsflows {made.versions.get('opsflows')}")
        except BackupError as error:
            print(error)
    return 0


def _prune(chosen: Settings, _flags: argparse.Namespace) -> int:
    with folder.locked(chosen.folder):
        for name in folder.rotate(chosen.folder, chosen.keep, lambda path: not verify.problems(chosen, path)):
            print(f"deleted {name}")
    return 0


def _verify(chosen: Settings, flags: argparse.Namespace) -> int:
    with folder.locked(chosen.folder, shared=True):
        path = folder.choose(chosen.folder, flags.name)
        verify.checked(chosen, path)
    print(f"{path.name} is good")
    return 0


def _restore(chosen: Settings, flags: argparse.Namespace) -> int:
    if flags.name:
        how = {"confirmed": flags.yes, "drop_old_ones": flags.drop_old, "only": flags.only}
        restore.restore(chosen, flags.name, _say, **how)
    elif flags.drop_old:
        swap.drop_old(chosen, _say)
    else:
        print("Name a backup (or latest), or give --drop-old.", file=sys.stderr)
        return 2
    return 0


def _drill(chosen: Settings, flags: argparse.Namespace) -> int:
    report = drill.drill(chosen, flags.name, flags.scratch)
    print(report.json() if flags.json else report.text())
    return 1 if report.differences else 0


def _say(line: str) -> None:
    print(line, flush=True)


def _end(number: int, _frame: object) -> None:
    """End by an exception, so that drafts and scratch are removed."""
    sys.exit(128 + number)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
