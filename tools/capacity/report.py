"""Sizes as people read them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from tools.capacity.load import Load
    from tools.capacity.model import Sizes


def text(load: Load, found: Sizes, cost: Mapping[str, float], said: Sequence[str]) -> str:
    """The whole answer."""
    where = "one machine bears it (docs/production.md)" if found.one_machine else "more than one machine"
    lines = [
        f"{load.executions_per_minute:g} executions a minute, {load.peak_factor:g} times as many at the peak: {where}",
        "",
        *_table(_rows(found)),
        "",
        *_table([(name, f"{value:,.2f}") for name, value in cost.items()], "a month"),
    ]
    return "\n".join([*lines, *([""] if said else []), *(f"! {one}" for one in said)])


def _rows(found: Sizes) -> list[tuple[str, str]]:
    workers = found.bought_cores - found.server_cores
    return [
        ("processor of one execution", f"{found.core_seconds:.2f} core seconds"),
        ("workers", f"{found.workers}, in all {workers:.1f} cores and {found.worker_memory_gb:.1f} GB"),
        ("of these the tasks ask for", f"{found.worker_cores:.1f} cores"),
        ("Kestra's other processes", f"{found.server_cores:.1f} cores and {found.server_memory_gb:.1f} GB"),
        ("tasks at the same time", f"{found.threads}"),
        ("full at", f"{found.saturation_per_minute:,.0f} executions a minute"),
        ("connections to Postgres", f"{found.connections}"),
        ("Postgres' disk", f"{found.disk_gb:,.1f} GB"),
        ("object storage", f"{found.object_gb:,.1f} GB"),
    ]


def origins(known: Mapping[str, Mapping[str, Any]]) -> str:
    """Every assumption with its source."""
    rows = [
        (name, f"{one['value']:g} {one['unit']} ({one['kind']}, {one['date']}: {one['source']})")
        for name, one in known.items()
    ]
    return "\n".join(_table(rows))


def _table(rows: Sequence[tuple[str, str]], title: str = "") -> list[str]:
    width = max(len(name) for name, _ in rows)
    return [*([title] if title else []), *(f"  {name:{width}}  {value}" for name, value in rows)]
