"""What the model believes: assumptions.json, each with unit, source and day; any of them may be set otherwise."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from tools.capacity.load import LoadError

if TYPE_CHECKING:
    from collections.abc import Mapping

FILE: Final = Path(__file__).with_name("assumptions.json")
# measured: by us, docs/figures.md or a benchmark; published: by somebody else; chosen: a rule of ours; memory: to be
# checked before it is relied upon, above all prices.
KINDS: Final = ("measured", "published", "chosen", "memory")
_KEYS: Final = {"value", "unit", "kind", "source", "date"}
_DIVISORS: Final = {"target_utilisation", "worker_cores", "worker_threads"}


def read(file: Path = FILE) -> dict[str, dict[str, Any]]:
    """Every assumption with its origin.

    Raises:
        LoadError: the file is missing, no JSON, or an assumption lacks something.
    """
    try:
        found: dict[str, dict[str, Any]] = json.loads(file.read_text(encoding="utf-8"))
    except OSError as error:
        raise LoadError(f"{file} cannot be read ({error.strerror}).") from None
    except json.JSONDecodeError as error:
        raise LoadError(f"{file} is no JSON: {error}.") from None
    for name, one in found.items():
        if not isinstance(one, dict) or set(one) != _KEYS or one["kind"] not in KINDS:
            raise LoadError(f"{file}: {name} must have {', '.join(sorted(_KEYS))}, and a kind of {', '.join(KINDS)}.")
        _number(name, one["value"])
    return found


def load(changes: Mapping[str, float] | None = None, file: Path = FILE) -> dict[str, float]:
    """The values by name.

    Args:
        changes: values that count instead.
        file: where the assumptions are.

    Raises:
        LoadError: the file is wrong, or a change names none of them.
    """
    values = {name: float(one["value"]) for name, one in read(file).items()}
    for name, value in (changes or {}).items():
        if name not in values:
            raise LoadError(f"There is no assumption {name}. They are: {', '.join(sorted(values))}.")
        values[name] = _number(name, value)
    if values["worker_gb"] <= values["worker_java_gb"]:
        raise LoadError("The assumption worker_gb must be more than worker_java_gb: tasks need memory, too.")
    return values


def _number(name: str, value: Any) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value) or value < 0:
        raise LoadError(f"The assumption {name} must be a number from 0, not {value!r}.")
    if name in _DIVISORS and not value:
        raise LoadError(f"The assumption {name} must be more than 0.")
    return float(value)
