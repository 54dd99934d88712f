"""The birth certificate of a ticket as lines for a terminal."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final

from kit import i18n

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

_CONTROL: Final = re.compile(r"[\x00-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2066-\u2069]+")


def lines(certificate: Mapping[str, Any]) -> list[str]:
    """The certificate, one fact a line; what was read from the picture can move no cursor."""
    return [_clean(line) for line in _all(certificate)]


def _all(found: Mapping[str, Any]) -> Iterator[str]:
    webhook = found["webhook"]
    yield f"{found['ticket_id']}  {_word(found['verdict'])}"
    yield from _section("webhook", [f"{webhook['message_id']}  {webhook['sender']}  {webhook['received_at']}"])
    for one in webhook["deliveries"]:
        repeated = i18n.t("certificate.repeated") if one["duplicate"] else ""
        yield f"    {_joined(one['received_at'], one['execution_id'], repeated, one['url'])}"
    yield from _section(
        "executions", (_joined(one["execution_id"], one["flow"], one["url"]) for one in found["executions"])
    )
    yield from _section("release", [_joined(found["release"])])
    yield from _section("readings", (_reading(one) for one in found["readings"]))
    yield from _section("fields", (_field(name, one) for name, one in found["fields"].items() if one["value"]))
    yield from _section("checks", (_joined(one["severity"], one["code"], one["text"]) for one in found["checks"]))
    yield from _section("review", _review(found["review"], found["corrections"]))
    yield from _section("effects", (_effect(one) for one in found["effects"]))
    places = found["projections"].items()
    yield from _section(
        "places", (_joined(name, one.get("range") or one.get("uri"), one["url"]) for name, one in places)
    )


def _section(name: str, rows: Iterable[str]) -> Iterator[str]:
    filled = [row for row in rows if row]
    yield f"\n{i18n.t(f'certificate.{name}')}"
    yield from (f"  {row}" for row in filled or [i18n.t("certificate.nothing")])


def _reading(one: Mapping[str, Any]) -> str:
    tokens = f"{one['tokens_in']}+{one['tokens_out']} tokens" if one["tokens_in"] is not None else ""
    cost = f"{one['cost_usd']} USD" if one["cost_usd"] is not None else ""
    prompt = f"{one['prompt']} sha256:{one['prompt_sha256']}" if one["prompt"] else ""
    took = f"{one['latency_ms']} ms"
    return _joined(one["provider"], one["model"], one["outcome"], took, tokens, cost, prompt)


def _field(name: str, one: Mapping[str, Any]) -> str:
    sure = f"{float(one['confidence']):.3f}" if one["confidence"] is not None else ""
    read = f"«{one['read']}»" if one["read"] else ""
    return _joined(name, one["value"], sure, read)


def _review(review: Mapping[str, Any] | None, corrections: Iterable[Mapping[str, Any]]) -> Iterator[str]:
    if review is None:
        return
    yield _joined(review["review_id"], review["state"], review["opened_at"], review["url"])
    if review["decision"]:
        yield _joined(review["decision"]["action"], review["decided_by"], review["decided_via"], review["decided_at"])
    for one in corrections:
        yield _joined(one["field"], f"{one['was']} → {one['became']}", one["by"], one["via"], one["at"])


def _effect(one: Mapping[str, Any]) -> str:
    result = one["result"] or {}
    what = next((str(result[name]) for name in ("range", "message_id", "ts", "uri") if result.get(name)), one["code"])
    return _joined(
        one["finished_at"] or one["started_at"], one["kind"], one["state"], what, one["execution_id"], one["url"]
    )


def _word(verdict: str | None) -> str:
    return i18n.t(f"verdict.{verdict}") if verdict else i18n.t("certificate.unread")


def _joined(*parts: Any) -> str:
    return "  ".join(str(part) for part in parts if part not in (None, ""))


def _clean(line: str) -> str:
    head = "\n" if line.startswith("\n") else ""
    return head + _CONTROL.sub(" ", line.removeprefix("\n"))
