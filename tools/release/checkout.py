"""What a release does to a checkout: look, write, commit, tag."""

import subprocess
from collections.abc import Mapping
from datetime import date
from pathlib import Path

from tools.release import edits
from tools.release.edits import Version

PYPROJECT = "pyproject.toml"
CHANGELOG = "CHANGELOG.md"
KIT = "scripts/kit/__init__.py"


class ReleaseError(Exception):
    """The release was refused or cut off; the message says why and what to do."""


def release(root: Path, version: Version, today: date) -> str:
    """Set the version everywhere, commit and tag; returns the tag.

    Raises:
        ReleaseError: the checkout is not fit for it; nothing was changed.
        edits.EditError: same, for a text.
    """
    tag = f"v{version}"
    _refuse_unfit(root, version, tag)
    changelog = edits.with_release_section(_read(root / CHANGELOG), version, today)
    _commit(root, _versioned(root, version) | {root / CHANGELOG: changelog}, f"Release {version}")
    _git(root, "tag", "--annotate", tag, "--message", f"opsflows {version}")
    return tag


def begin_next(root: Path) -> Version:
    """Set the development version that follows the present release, and commit.

    Raises:
        ReleaseError: changes are not committed, or the project is on a development version already.
    """
    _refuse_changes(root)
    current = edits.project_version(_read(root / PYPROJECT))
    if current.is_development:
        raise ReleaseError(f"The project is on {current} already.")
    following = current.next_development()
    _commit(root, _versioned(root, following), f"Begin {following}")
    return following


def _refuse_unfit(root: Path, version: Version, tag: str) -> None:
    if version.is_development:
        raise ReleaseError(f"{version} is a development version; a release is x.y.z.")
    current = edits.project_version(_read(root / PYPROJECT))
    if version <= current:
        raise ReleaseError(f"{version} is not greater than the present version {current}.")
    if _git(root, "tag", "--list", tag):
        raise ReleaseError(f"The tag {tag} exists already; a release never changes. Choose the next version.")
    _refuse_changes(root)


def _refuse_changes(root: Path) -> None:
    changes = _git(root, "status", "--porcelain")
    if changes:
        raise ReleaseError(f"Not everything is committed; commit it or put it away first:\n{changes}")


def _versioned(root: Path, version: Version) -> dict[Path, str]:
    flows = {path: _flow(path, version) for path in sorted((root / "flows").glob("*/*.yaml"))}
    return flows | {
        root / PYPROJECT: edits.with_project_version(_read(root / PYPROJECT), version),
        root / KIT: edits.with_kit_version(_read(root / KIT), version),
    }


def _flow(path: Path, version: Version) -> str:
    try:
        return edits.with_flow_release(_read(path), version)
    except edits.EditError as error:
        raise edits.EditError(f"{path.parent.name}/{path.name}: {error}") from error


def _commit(root: Path, texts: Mapping[Path, str], message: str) -> None:
    before = {path: path.read_text(encoding="utf-8") for path in texts}
    _write(texts)
    try:
        _git(root, "commit", "--quiet", "--message", message, "--", *(str(path) for path in texts))
    except ReleaseError:
        _write(before)
        raise


def _write(texts: Mapping[Path, str]) -> None:
    for path, text in texts.items():
        path.write_text(text, encoding="utf-8")


def _read(path: Path) -> str:
    if not path.exists():
        raise ReleaseError(f"{path.name} is missing.")
    return path.read_text(encoding="utf-8")


def _git(root: Path, *arguments: str) -> str:
    ran = subprocess.run(["git", "-C", str(root), *arguments], capture_output=True, text=True, check=False)
    if ran.returncode:
        raise ReleaseError(f"git {arguments[0]} failed: {(ran.stderr or ran.stdout).strip()}")
    return ran.stdout.rstrip()
