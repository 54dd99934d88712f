"""The Slack card of a ticket, as Block Kit blocks. No I/O."""

from typing import Any

from kit import i18n, notify, settings
from tickets import texts
from tickets.store import Row

Blocks = list[dict[str, Any]]
FIELDS = ("merchant", "date", "total", "category", "sender", "tax_id", "ticket")


def text(ticket: Row) -> str:
    """The line that notifications show."""
    return i18n.t(
        "card.text",
        title=_title(ticket),
        merchant=texts.merchant(ticket),
        total=texts.total(ticket),
        ticket_id=ticket["ticket_id"],
    )


def blocks(ticket: Row, execution_url: str | None, document_url: str | None) -> Blocks:
    """The card: title, fields, why it needs a person, what hinders the sheet, and where to look."""
    found = texts.reasons(ticket)
    parts = [notify.header(_title(ticket)), notify.fields(_fields(ticket))]
    if found:
        parts.append(notify.section(f"*{i18n.t('card.reasons')}*", found))
    if ticket["sheet_error"]:
        parts.append(notify.section(_sheet_error(ticket)))
    links = _links(ticket, execution_url, document_url)
    return [*parts, notify.context(links)] if links else parts


def _title(ticket: Row) -> str:
    """What became of the picture; one that was split is not a refused one."""
    return i18n.t("card.title.split" if texts.parts(ticket) else f"card.title.{ticket['verdict']}")


def problem(ticket_id: str, code: str, message: str, execution_url: str | None) -> Blocks:
    """The card of a ticket that could not be finished."""
    said = i18n.t("card.problem", ticket_id=ticket_id, code=code, message=message)
    parts = [
        notify.header(i18n.t("card.title.problem")),
        notify.section(said),
        notify.section(i18n.t("card.problem.next")),
    ]
    return [*parts, notify.context([_link(execution_url, "execution")])] if execution_url else parts


def problem_text(ticket_id: str, code: str) -> str:
    """The line of the problem card that notifications show."""
    return i18n.t("card.problem", ticket_id=ticket_id, code=code, message="")


def spend_cap(day: str) -> Blocks:
    """The card that tells that a cap on the model's cost is reached."""
    return [notify.header(i18n.t("card.title.spend_cap")), notify.section(i18n.t("card.spend_cap", day=day))]


def _fields(ticket: Row) -> dict[str, str]:
    values = {
        "merchant": texts.merchant(ticket),
        "date": texts.issued_on(ticket),
        "total": texts.total(ticket),
        "category": texts.category(ticket) or i18n.t("answer.unknown"),
        "sender": texts.sender(ticket),
        "tax_id": ticket["tax_id"] or i18n.t("answer.unknown"),
        "ticket": ticket["ticket_id"],
    }
    return {i18n.t(f"card.field.{name}"): values[name] for name in FIELDS}


def _sheet_error(ticket: Row) -> str:
    key = f"sheet.error.{ticket['sheet_error']}"
    advice = i18n.t(key) if i18n.has(key) else ""
    return i18n.t("card.sheet_error", code=ticket["sheet_error"], advice=advice)


def _links(ticket: Row, execution_url: str | None, document_url: str | None) -> list[str]:
    sheet_id = settings.get().sheet_id
    sheet = f"https://docs.google.com/spreadsheets/d/{sheet_id}" if sheet_id and ticket["sheet_range"] else None
    found = (("document", document_url), ("sheet", sheet), ("execution", execution_url))
    return [_link(url, name) for name, url in found if url]


def _link(url: str | None, name: str) -> str:
    return f"<{url}|{i18n.t(f'card.link.{name}')}>"
