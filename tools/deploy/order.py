"""In which order flows are put: a flow after those that it starts, so that a new caller never meets an old callee."""

from collections.abc import Callable, Iterable, Iterator
from typing import Any, TypeVar

import yaml

T = TypeVar("T")


def callees_first(flows: Iterable[T], name: Callable[[T], str], source: Callable[[T], str]) -> list[T]:
    """Sort flows so that each comes after the flows that its Subflow tasks name; circles are cut anywhere.

    Args:
        flows: in any order; those that have nothing to do with each other keep it.
        name: `namespace.id` of one.
        source: YAML of one.
    """
    known = {name(flow): flow for flow in flows}
    done: dict[str, T] = {}

    def visit(this: str, above: tuple[str, ...]) -> None:
        for callee in called(source(known[this])):
            if callee in known and callee not in done and callee not in above:
                visit(callee, (*above, this))
        done.setdefault(this, known[this])

    for this in known:
        visit(this, (this,))
    return list(done.values())


def called(source: str) -> list[str]:
    """The flows that a flow's Subflow tasks start, as `namespace.id`."""
    found = (part for part in _mappings(yaml.safe_load(source)) if str(part.get("type", "")).endswith(".Subflow"))
    return [f"{part.get('namespace')}.{part.get('flowId')}" for part in found]


def _mappings(value: Any) -> Iterator[dict[str, Any]]:
    if isinstance(value, dict):
        yield value
    children = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    for child in children:
        yield from _mappings(child)
