"""What must be true of a release on this server before work is given to it; each check looks and changes nothing."""

from __future__ import annotations

import ast
import hashlib
import importlib
import importlib.util
import json
import re
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

from kit import redaction, settings
from kit.errors import ConfigurationError, OpsflowsError
from platform_tasks import migrate
from platform_tasks.alerts import rules

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

# The folder of the release, in which scripts/ and namespace_files/ lie.
ROOT: Final = Path(__file__).resolve().parents[2]
MANIFEST: Final = "manifest.json"
DEPLOY_AGAIN: Final = "Deploy the release again."
_ENTRY_POINT: Final = re.compile(r'^if __name__ == "__main__":$', re.MULTILINE)
_SHOWN: Final = 5


@dataclass(frozen=True, slots=True)
class Check:
    """One check: its name, whether it is good, what was found or is wrong and what to do, and the seconds it took."""

    name: str
    ok: bool
    message: str
    seconds: float


def run_all(root: Path = ROOT) -> list[Check]:
    """Every check, also those after one that fails."""
    checks: dict[str, Callable[[], str]] = {
        "files": lambda: files_complete(root),
        "modules": lambda: modules_importable(root / "scripts"),
        "settings": settings_valid,
        "alerts": alerts_valid,
        "database": lambda: database_migrated(root / "namespace_files/sql/migrations"),
    }
    return [_checked(name, check) for name, check in checks.items()]


def _checked(name: str, check: Callable[[], str]) -> Check:
    started = time.perf_counter()
    try:
        ok, message = True, check()
    except OpsflowsError as error:
        ok, message = False, str(error.outcome()["message"])
    except Exception as error:  # noqa: BLE001 - a check that crashes is one that failed
        ok, message = False, redaction.redact(f"{type(error).__name__}: {error}. {DEPLOY_AGAIN}")
    return Check(name, ok, message, round(time.perf_counter() - started, 3))


def files_complete(root: Path) -> str:
    """Every file of the manifest is there, as it was uploaded.

    Raises:
        ConfigurationError: a file is missing or differs; names the first ones.
    """
    manifest = root / MANIFEST
    if not manifest.is_file():
        raise ConfigurationError(f"{MANIFEST} is missing: the upload did not end.", next_action=DEPLOY_AGAIN)
    digests: dict[str, str] = json.loads(manifest.read_bytes())
    missing = [path for path in digests if not (root / path).is_file()]
    changed = [path for path in digests.keys() - missing if _digest(root / path) != digests[path]]
    if missing or changed:
        told = [f"{what}: {_some(paths)}" for what, paths in (("missing", missing), ("changed", changed)) if paths]
        raise ConfigurationError(f"{'; '.join(told)}.", next_action=DEPLOY_AGAIN)
    return f"{len(digests)} files as deployed"


def modules_importable(scripts: Path) -> str:
    """Every module compiles, every package that one imports is installed, and every task can be started.

    Raises:
        ConfigurationError: something cannot be imported on this server.
    """
    sources = {path: path.read_text(encoding="utf-8") for path in sorted(scripts.rglob("*.py"))}
    packages = {name for path, source in sources.items() for name in _imported(path.name, source)}
    absent = sorted(name for name in packages if importlib.util.find_spec(name) is None)
    if absent:
        raise ConfigurationError(
            f"Not installed: {', '.join(absent)}.", next_action="Run the release on the image that was built for it."
        )
    tasks = [path.relative_to(scripts) for path, source in sources.items() if _ENTRY_POINT.search(source)]
    for path in tasks:
        importlib.import_module(".".join(path.with_suffix("").parts))
    return f"{len(sources)} modules, {len(tasks)} tasks"


def settings_valid() -> str:
    """The settings of this server and of the release fit.

    Raises:
        ConfigurationError: one does not.
    """
    return f"environment {settings.get().env}"


def alerts_valid() -> str:
    """The rules by which people are told of trouble can be used.

    Raises:
        ConfigurationError: the file is missing or wrong.
    """
    return f"{len(rules.load().rules)} rules"


def database_migrated(migrations: Path) -> str:
    """The database answers and has every migration of this release.

    Raises:
        OpsflowsError: it does not answer, or something is missing there.
    """
    missing = migrate.missing(folder=migrations)
    if missing:
        raise ConfigurationError(f"The database lacks {_some(missing)}.", next_action="Run the flow schema_migrate.")
    return f"at {max(migration.name for migration in migrate.read(migrations))} or later"


def _digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def _imported(name: str, source: str) -> Iterator[str]:
    """The top-level packages that a module imports, anywhere in it."""
    for node in ast.walk(ast.parse(source, name)):
        if isinstance(node, ast.Import):
            yield from (alias.name.partition(".")[0] for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and not node.level:
            yield str(node.module).partition(".")[0]


def _some(names: list[str]) -> str:
    shown = ", ".join(sorted(names)[:_SHOWN])
    return shown if len(names) <= _SHOWN else f"{shown} and {len(names) - _SHOWN} more"
