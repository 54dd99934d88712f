"""`python -m tools.deploy.export FOLDER [--env E]`: write a release's files into a folder, for another tool to upload.

    FOLDER/files/           what belongs below /<version> in the namespace opsflows: scripts, settings, flows
    FOLDER/manifest.json    its digests; to be uploaded last, because it says that the release is complete

Prints the version. Nothing is called. docs/kestractl.md shows its use.
"""

import argparse
import sys
from pathlib import Path

from kit.errors import ConfigurationError
from tools.deploy import environments, release
from tools.deploy.release import MANIFEST, Release

FILES = "files"


def main(arguments: list[str]) -> int:
    """Run the command and return the exit code: 0 done, 2 the checkout or the folder is not fit for it."""
    parser = argparse.ArgumentParser(prog="python -m tools.deploy.export", description="Write a release to a folder.")
    parser.add_argument("folder", type=Path, help="a new or empty folder")
    parser.add_argument("--env", metavar="E", help="dev, stg or prod: with that environment's settings")
    given = parser.parse_args(arguments)
    try:
        settings = environments.load(given.env).settings_json() if given.env else None
        found = release.load(settings=settings)
        write(found, given.folder)
    except (ConfigurationError, ValueError, OSError) as error:
        print(error, file=sys.stderr)
        return 2
    print(found.version)
    return 0


def write(found: Release, folder: Path) -> None:
    """Write the release's files and its manifest.

    Raises:
        ValueError: the folder is not empty: what lies there would be uploaded, too.
    """
    if folder.exists() and any(folder.iterdir()):
        raise ValueError(f"{folder} is not empty. Name a new folder, or empty this one.")
    for path, content in found.contents.items():
        target = folder / FILES / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(content)
    (folder / MANIFEST).write_bytes(found.manifest())


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
