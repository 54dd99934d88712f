"""The report as Markdown, in the language of OPSFLOWS_LOCALE; the JSON beside it has the figures as they are."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any, Final

from babel.numbers import format_currency, format_decimal

from etl import markdown
from kit import settings, sizes
from kit.i18n import t

if TYPE_CHECKING:
    from collections.abc import Sequence

_TEXT: Final = "etl.maintenance."


def as_markdown(found: dict[str, Any]) -> str:
    """The report for people."""
    title = t(f"{_TEXT}title.{'plan' if found['dry_run'] else 'done'}", day=found["at"][:10])
    parts = [f"# {title}\n", _tables(found), _space(found), _indexes(found["indexes"])]
    if found["left"]:
        parts.append(_section("left", "".join(f"- {markdown.text(name)}\n" for name in found["left"])))
    return "\n".join(parts)


def _tables(found: dict[str, Any]) -> str:
    rows = [
        (
            line["table"],
            str(line["days"]),
            _number(line["rows"]),
            ", ".join(line["partitions"]),
            sizes.text(line["bytes"]),
        )
        for line in found["tables"]
    ]
    return _section("tables", markdown.table(_titles("table", "days", "rows", "partitions", "size"), rows))


def _space(found: dict[str, Any]) -> str:
    lines = [t(f"{_TEXT}freed", size=sizes.text(found["freed_bytes"]))]
    if found["saving"] is None:
        lines.append(t(f"{_TEXT}no_price"))
    else:
        amount = format_currency(Decimal(found["saving"]), found["currency"], locale=settings.get().locale)
        lines.append(t(f"{_TEXT}saving", amount=amount, price=found["price"], currency=found["currency"]))
    if found["leftovers"]:
        lines.append(t(f"{_TEXT}leftovers", names=", ".join(map(markdown.text, found["leftovers"]))))
    if found["slowest_ms"]:
        lines.append(t(f"{_TEXT}slowest", ms=found["slowest_ms"]))
    return _section("space", "".join(f"- {line}\n" for line in lines))


def _indexes(found: dict[str, Any]) -> str:
    unused = [(one["index"], sizes.text(one["bytes"])) for one in found["unused"]]
    bloated = [
        (one["index"], sizes.text(one["bytes"]), sizes.text(one["waste"]), t(f"{_TEXT}how.{one['how']}"))
        for one in found["bloated"]
    ]
    return (
        _section("unused", t(f"{_TEXT}since", days=_number(found["days"])) + "\n\n" + _table(unused, "index", "size"))
        + "\n"
        + _section("bloated", _table(bloated, "index", "size", "waste", "how"))
    )


def _table(rows: Sequence[tuple[str, ...]], *columns: str) -> str:
    return markdown.table(_titles(*columns), rows) if rows else t("etl.report.nothing") + "\n"


def _section(name: str, text: str) -> str:
    return f"## {t(f'{_TEXT}section.{name}')}\n\n{text}"


def _titles(*columns: str) -> list[str]:
    return [t(f"{_TEXT}column.{name}") for name in columns]


def _number(count: float) -> str:
    return str(format_decimal(count, locale=settings.get().locale))
