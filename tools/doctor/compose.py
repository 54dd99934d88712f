"""What Docker Compose's `.env` says, for the doctor on the server itself: who Kestra's administrator is, and where."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from pathlib import Path

_SAME: Final = ("EDGE_SERVER_NAME", "VAULT_ADDR")


def variables(file: Path) -> dict[str, str]:
    """Variables for the doctor, by their names; nothing when there is no such file.

    Kestra's port is published on 127.0.0.1, so its address follows. Postgres is published nowhere.
    """
    given = _read(file)
    found = {name: given[name] for name in _SAME if given.get(name)}
    if username := given.get("KESTRA_ADMIN_USERNAME"):
        found["OPSFLOWS_KESTRA_USERNAME"] = username
        found["OPSFLOWS_KESTRA_URL"] = f"http://127.0.0.1:{given.get('KESTRA_PORT') or '8080'}"
    return found


def _read(file: Path) -> dict[str, str]:
    if not file.is_file():
        return {}
    lines = (line.strip() for line in file.read_text(encoding="utf-8").splitlines())
    pairs = (line.partition("=") for line in lines if "=" in line and not line.startswith("#"))
    return {name.strip(): value.strip().strip("\"'") for name, _, value in pairs}
