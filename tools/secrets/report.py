"""What `check` says about the folder of secrets: for each secret and file whether it is good, never its value."""

from __future__ import annotations

import re
import time
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any, Final

from tools.secrets import files, rules
from tools.secrets.catalogue import BY_NAME, CATALOGUE, PREVIOUS

if TYPE_CHECKING:
    from pathlib import Path

OK, WRONG, NOT_SET = "ok", "wrong", "not set"
ROTATION_DAYS: Final = 7
_ASSIGNMENT: Final = re.compile(r"^\s*(?:export\s+)?([A-Z][A-Z0-9_]*)\s*=\s*(.*?)\s*$", re.MULTILINE)


@dataclass(frozen=True)
class Line:
    """One secret or file: its name, `ok`, `wrong` or `not set`, what is wrong, and what to do."""

    name: str
    state: str
    problems: list[str] = field(default_factory=list)
    advice: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class Report:
    """All lines; good when none is wrong."""

    lines: list[Line]

    @property
    def good(self) -> bool:
        """Whether the project may start with this folder."""
        return all(line.state != WRONG for line in self.lines)

    def as_json(self) -> dict[str, Any]:
        """The report as data: `{"ok": …, "secrets": [{"name", "state", "problems", "advice"}]}`."""
        return {"ok": self.good, "secrets": [asdict(line) for line in self.lines]}

    def as_text(self) -> str:
        """The report as a table, and below it what to do."""
        wide = max(len(line.name) for line in self.lines)
        rows = [f"{line.name:{wide}}  {line.state:7}  {'; '.join(line.problems)}".rstrip() for line in self.lines]
        advice = list(dict.fromkeys(text for line in self.lines for text in line.advice))
        return "\n".join([*rows, *(["", *advice] if advice else [])])


def examine(folder: Path, env_file: Path | None = None) -> Report:
    """Look at every secret of the catalogue, at every file of the folder, and at a file of settings.

    Args:
        folder: of the secrets.
        env_file: such as `.env`: secrets do not belong there; `VAULT_ADDR` in it says that Vault is used.

    Raises:
        files.FolderError: something cannot be read.
    """
    values = files.load(folder)
    settings = dict(_ASSIGNMENT.findall(env_file.read_text(encoding="utf-8", errors="replace"))) if env_file else {}
    found = rules.trouble(values, vault=bool(settings.get("VAULT_ADDR", "").strip("\"'")))
    lines = [_secret(secret.name, folder, values, found.get(secret.name, [])) for secret in CATALOGUE]
    return Report([*lines, *_folder(folder), *_misplaced(settings, env_file)])


def _secret(name: str, folder: Path, values: dict[str, str], found: list[str]) -> Line:
    advice = [rules.advice(name)] if found else []
    path = folder / name
    if name in values and files.open_to_others(path):
        found, advice = [*found, "can be read by other users"], [*advice, f"Close it: chmod 600 {path}"]
    if name.endswith(PREVIOUS) and values.get(name, "").strip():
        days = (time.time() - path.stat().st_mtime) / 86_400
        if days > ROTATION_DAYS:
            found = [*found, f"is still live after {days:.0f} days"]
            advice = [
                *advice,
                f"End the rotation: python -m tools.secrets rotate {name.removesuffix(PREVIOUS)} --finish",
            ]
    if found:
        return Line(name, WRONG, found, advice)
    return Line(name, OK if values.get(name, "").strip() else NOT_SET)


def _folder(folder: Path) -> list[Line]:
    strange = [*files.others(folder), *(name for name in files.names(folder) if name not in BY_NAME)]
    lines = [
        Line(
            f"{folder}/{name}", WRONG, ["is no secret of the catalogue"], [f"Delete {folder / name}, or name it right."]
        )
        for name in sorted(strange)
    ]
    if folder.is_dir() and files.open_to_others(folder):
        lines.append(Line(f"{folder}/", WRONG, ["can be read by other users"], [f"Close it: chmod 700 {folder}"]))
    return lines


def _misplaced(settings: dict[str, str], env_file: Path | None) -> list[Line]:
    names = [name for name in BY_NAME if settings.get(name, "").strip("\"'")]
    advice = f"Move what stands in {env_file} into files; `docker compose config` shows what stands there."
    return [Line(f"{env_file}: {name}", WRONG, ["is a secret in a file of settings"], [advice]) for name in names]
