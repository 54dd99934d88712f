"""A day of the ETL flows as people read it: every value text, in the reader's language; then as Markdown or PDF."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final

from etl import markdown
from kit import dates, i18n, money, typesetting

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from datetime import date

    Rows = Sequence[Mapping[str, Any]]

_NONE: Final = "\u2013"
COLUMNS: Final = {
    "runs": ("flow", "run_label", "status", "code", "expected_rows", "total_rows", "ratio", "duration_ms"),
    "events": ("event_type", "currency", "events", "net"),
    "alerts": ("level", "flow", "message"),
    "quarantine": ("dataset", "code", "field", "rows"),
}
# Columns whose values stand at the right.
_NUMBERS: Final = {"runs": 4, "events": 2, "alerts": 0, "quarantine": 1}


def view(day: date, found: Mapping[str, Rows]) -> dict[str, Any]:
    """What the report shows.

    Args:
        day: of the report.
        found: the rows of each section by its name, as `COLUMNS` lists them.
    """
    return {
        "lang": i18n.language(),
        "title": title(day),
        "made": i18n.t("etl.report.made", day=dates.format_date(dates.today())),
        "nothing": i18n.t("etl.report.nothing"),
        "sections": [_section(name, found[name]) for name in COLUMNS],
    }


def title(day: date) -> str:
    """The report's title, with its day."""
    return i18n.t("etl.report.title", day=dates.format_date(day))


def as_markdown(shown: Mapping[str, Any]) -> str:
    """The report as Markdown."""
    parts = [f"# {shown['title']}\n"]
    for section in shown["sections"]:
        body = markdown.table(section["titles"], section["rows"]) if section["rows"] else f"{shown['nothing']}\n"
        parts.append(f"## {section['label']}\n\n{body}")
    return "\n".join([*parts, f"{shown['made']}\n"])


def as_pdf(shown: Mapping[str, Any]) -> bytes:
    """The report as PDF, set with typst; data are data of the template and never evaluated.

    Raises:
        InvalidRequestError: typst cannot set it.
    """
    with typesetting.failures("report", "Look at the task's log, and start the flow again once it is mended."):
        return typesetting.pdf("etl_report.typ", data=json.dumps(shown))


def _section(name: str, rows: Rows) -> dict[str, Any]:
    columns = COLUMNS[name]
    return {
        "label": i18n.t(f"etl.report.section.{name}"),
        "titles": [i18n.t(f"etl.report.column.{column}") for column in columns],
        "numbers": _NUMBERS[name],
        "rows": [[_text(column, row[column]) for column in columns] for row in rows],
    }


def _text(column: str, value: Any) -> str:
    if value is None or value == "":
        return _NONE
    return _TEXTS.get(column, str)(value)


def _ratio(value: Any) -> str:
    return f"{float(value):.2%}"


def _seconds(value: Any) -> str:
    return f"{int(value) / 1000:.1f} s"


_TEXTS: Final[dict[str, Callable[[Any], str]]] = {
    "ratio": _ratio,
    "duration_ms": _seconds,
    "net": money.format_number,
}
