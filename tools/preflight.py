"""What this machine must bring, checked before anything is installed. Must parse on any Python 3.

`preflight.py` asks for what the tools need, such as a deploy; `preflight.py engine` for the local engine as well.
"""

import importlib.util
import shutil
import sys

LEAST = (3, 11)


def missing(*, engine: bool = False) -> "list[str]":
    """List what is missing, each with the way to get it."""
    found = []
    if sys.version_info < LEAST:
        here = ".".join(str(part) for part in sys.version_info[:2])
        found.append(f"Python 3.11 or newer (this is {here}): make setup PYTHON=python3.12")
    if importlib.util.find_spec("ensurepip") is None:
        found.append("Python's venv module: apt-get install python3-venv")
    if engine and shutil.which("mvn") is None:
        found.append("Maven, which builds the local engine: apt-get install maven")
    return found


if __name__ == "__main__":
    problems = missing(engine=sys.argv[1:] == ["engine"])
    for problem in problems:
        print(f"missing: {problem}", file=sys.stderr)
    sys.exit(1 if problems else 0)
