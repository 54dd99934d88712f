"""The checks, in the order in which they are shown. A further provider is one module in `checks` and its name here."""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Final, Protocol, cast

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tools.doctor.model import Finding
    from tools.doctor.surroundings import Surroundings
    from tools.doctor.trouble import Advices

PROVIDERS: Final = (
    "kestra",
    "postgres",
    "whatsapp",
    "google-sheets",
    "slack",
    "pagerduty",
    "email",
    "openai",
    "hubspot",
    "manychat",
    "etl-api",
    "etl-bucket",
    "vault",
    "edge",
)


class Check(Protocol):
    """What a module in `checks` has.

    Attributes:
        NAME: as in PROVIDERS and on the command line.
        TITLE: for people, inside a sentence.
        ADVICE: what its errors mean, by error code or kind of trouble, where the general advice is not enough.
    """

    NAME: str
    TITLE: str
    ADVICE: Advices

    def examine(self, where: Surroundings) -> Iterator[Finding]:
        """Look, and yield what was found; an OpsflowsError that leaves it becomes the last finding."""


def load(names: list[str] | None = None) -> list[Check]:
    """The checks of some providers, or of all.

    Raises:
        ValueError: there is no such provider.
    """
    if unknown := set(names or ()) - set(PROVIDERS):
        raise ValueError(f"Unknown: {', '.join(sorted(unknown))}. Choose from: {', '.join(PROVIDERS)}.")
    wanted = [name for name in PROVIDERS if not names or name in names]
    return [_module(name) for name in wanted]


def _module(name: str) -> Check:
    return cast("Check", importlib.import_module(f"tools.doctor.checks.{name.replace('-', '_')}"))
