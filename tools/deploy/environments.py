"""Environments: what dev, stg and prod set, read from `namespace_files/config/<name>.yaml` and the files it extends.

A file has at most three keys. Its values win over those of the file that it extends, and a blank takes a setting back
to its default:

    extends: base                      # another file of the folder
    kestra: {url: …, username: …}      # the server to deploy to; the password comes from the environment only
    settings: {OPSFLOWS_LOCALE: en}    # as in docs/settings.md, never a secret
"""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, get_args

from pydantic import BaseModel, ConfigDict

from kit.errors import ConfigurationError
from kit.settings import EnvironmentName
from tools.deploy import environment_files
from tools.deploy.environment_files import FOLDER, ConfigFile

ROOT = Path(__file__).resolve().parents[2]
# Other people depend on these, so nothing may be missing or made up; dev runs against the local stack.
REAL = ("stg", "prod")
REQUIRED = ("OPSFLOWS_SHEET_ID",)
# What the files hold until somebody writes a value of their own.
PLACEHOLDER = re.compile(r"(?i)\bCHANGE[-_]?ME\b|[./@]example(?:\.\w+)?\b")


class Environment(BaseModel):
    """One environment, its inheritance resolved and every value checked."""

    model_config = ConfigDict(frozen=True)

    name: EnvironmentName
    kestra_url: str | None = None
    kestra_username: str | None = None
    settings: dict[str, Any]  # by variable name, as JSON has them; OPSFLOWS_ENV among them

    def settings_json(self) -> bytes:
        """The release's settings.json; the same bytes for the same settings."""
        return json.dumps(self.settings, indent=1, sort_keys=True, ensure_ascii=False).encode() + b"\n"


def available(root: Path = ROOT) -> list[EnvironmentName]:
    """The environments that have a file."""
    return [name for name in get_args(EnvironmentName) if (root / FOLDER / f"{name}.yaml").is_file()]


def load(name: str, root: Path = ROOT) -> Environment:
    """Read an environment of a checkout.

    Args:
        name: dev, stg or prod.
        root: the checkout's folder.

    Raises:
        ConfigurationError: there is no such environment, or something in its files is wrong; names file and key.
    """
    if name not in available(root):
        known = ", ".join(available(root)) or f"none, because {FOLDER} has no file of any"
        raise ConfigurationError(f"There is no environment {name!r}.", next_action=f"There are: {known}.")
    origin: dict[str, str] = {}
    merged: dict[str, Any] = {}
    for file in reversed(list(_chain(root, name))):
        values = {f"kestra.{key}": value for key, value in file.kestra.items()}
        values |= {f"settings.{key}": value for key, value in file.settings.items()}
        merged |= values
        origin |= dict.fromkeys(values, file.name)
    return _resolved(name, {key: value for key, value in merged.items() if value is not None}, origin)


def _chain(root: Path, name: str) -> Iterator[ConfigFile]:
    """The file and those that it extends, one after the other."""
    seen: list[str] = []
    following: str | None = name
    while following:
        if following in seen:
            circle = " → ".join([*seen, following])
            raise environment_files.wrong([(seen[-1], f"extends: goes in a circle, {circle}")])
        seen.append(following)
        file = environment_files.read(root, following)
        yield file
        following = file.extends


def _resolved(name: EnvironmentName, values: dict[str, Any], origin: dict[str, str]) -> Environment:
    given = {key.removeprefix("settings."): value for key, value in values.items() if key.startswith("settings.")}
    settings, problems = environment_files.typed(given | {"OPSFLOWS_ENV": name})
    if name in REAL:
        problems += [f"{key}: write a value of your own there" for key, value in values.items() if _is_made_up(value)]
        problems += [f"settings.{key}: {name} cannot do without it" for key in REQUIRED if key not in given]
    if problems:
        raise environment_files.wrong((origin.get(text.partition(":")[0], name), text) for text in problems)
    return Environment(
        name=name,
        kestra_url=values.get("kestra.url"),
        kestra_username=values.get("kestra.username"),
        settings=settings,
    )


def _is_made_up(value: Any) -> bool:
    texts = value if isinstance(value, list) else [value]
    return any(isinstance(text, str) and PLACEHOLDER.search(text) for text in texts)
