"""`python -m tools.release x.y.z`, then `python -m tools.release --next`: see `--help`."""

import argparse
import sys
from datetime import UTC, datetime
from pathlib import Path

from tools.release import checkout, edits

ROOT = Path(__file__).resolve().parents[2]
AFTER = """\
{version} is committed and tagged {tag}. Next:
  git push --follow-tags               publish it
  make deploy ENV=prod                 put it on the server (docs/deploy.md)
  python -m tools.release --next       go on with the next development version"""


def main(arguments: list[str], root: Path = ROOT) -> int:
    """Run the command; returns the exit code: 0 done, 1 refused, 2 wrong usage."""
    parser = argparse.ArgumentParser(prog="python -m tools.release", description="Make a version of this checkout.")
    what = parser.add_mutually_exclusive_group(required=True)
    what.add_argument("version", nargs="?", help="the version to release, x.y.z")
    what.add_argument("--next", action="store_true", help="go on with the next development version")
    chosen = parser.parse_args(arguments)
    try:
        print(_next(root) if chosen.next else _release(root, chosen.version))
    except (checkout.ReleaseError, edits.EditError) as error:
        print(error, file=sys.stderr)
        return 1
    return 0


def _release(root: Path, text: str) -> str:
    version = edits.parse(text)
    tag = checkout.release(root, version, datetime.now(UTC).date())
    return AFTER.format(version=version, tag=tag)


def _next(root: Path) -> str:
    return f"The project is on {checkout.begin_next(root)}; committed."


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
