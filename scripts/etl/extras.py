"""Packages that are not in every installation: what a run insists on must be there before it begins."""

from __future__ import annotations

from importlib import import_module
from importlib.util import find_spec
from typing import Any, Final

from kit.errors import ConfigurationError

_NAMES: Final = {"great_expectations": "great-expectations", "mlflow": "mlflow-skinny"}


def installed(module: str) -> bool:
    """Whether a package can be imported; nothing is imported."""
    return find_spec(module) is not None


def load(module: str) -> Any:
    """Import a package that may be missing; by its name, since what modules import is what every server must have."""
    return import_module(module)


def require(module: str, code: str, asked_by: str) -> None:
    """Refuse a run that insists on a package which is not there.

    Args:
        module: as it is imported.
        code: of the refusal.
        asked_by: the input that insists.

    Raises:
        ConfigurationError: it is not installed.
    """
    if not installed(module):
        raise ConfigurationError(
            f"{asked_by} is set, and the package {_NAMES[module]} is not installed.",
            code=code,
            next_action=f"Install it in the image, or switch {asked_by} off.",
        )
