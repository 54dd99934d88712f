"""Round trips and invariants of money, dates, ids, redaction and the retry decision."""

from __future__ import annotations

import re
from contextlib import suppress
from datetime import UTC, date, datetime, timedelta, timezone
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kit import dates, ids, money, notify, redaction, secrets, text
from kit.answers import RetryPolicy, retry_after, retry_delay
from kit.errors import RateLimitedError, RefusedInputError, UnavailableError

if TYPE_CHECKING:
    from decimal import Decimal

AMOUNTS = st.decimals(min_value=-10_000_000, max_value=10_000_000, places=2)
MONTHS = (
    *("enero", "febrero", "marzo", "abril", "mayo", "junio"),
    *("julio", "agosto", "septiembre", "octubre", "noviembre", "diciembre"),
)
DAYS = st.dates(date(2000, 1, 1), date(2099, 12, 31))


def grouped(amount: Decimal, thousands: str, decimal: str) -> str:
    return f"{amount:,.2f}".translate(str.maketrans({",": thousands, ".": decimal}))


@pytest.mark.parametrize(
    ("thousands", "decimal"), [(".", ","), (",", "."), (" ", ","), ("\u202f", ","), ("'", "."), ("", ",")]
)
@given(amount=AMOUNTS)
def test_an_amount_is_read_as_it_was_written(thousands, decimal, amount):
    written = grouped(amount, thousands, decimal)
    for form in (written, f"{written} €", f"€ {written}", f"EUR {written}"):
        assert money.parse_amount(form, decimal_sign=decimal) == amount


@given(amount=AMOUNTS, locale=st.sampled_from(["es", "en_US", "de", "fr", "de_CH"]))
def test_what_babel_writes_is_read_back(amount, locale):
    written = money.Money(amount, "EUR").format(locale)
    assert money.parse_amount(written, decimal_sign="." if locale in {"en_US", "de_CH"} else ",") == amount


@given(units=st.integers(-(10**12), 10**12), currency=st.sampled_from(["EUR", "USD", "JPY", "KWD", "CLP"]))
def test_minor_units_go_there_and_back(units, currency):
    assert money.from_minor_units(units, currency).minor_units() == units


@given(a=AMOUNTS, b=AMOUNTS)
def test_money_adds_up_exactly(a, b):
    total = money.Money(a, "EUR") + money.Money(b, "EUR")
    assert total - money.Money(b, "EUR") == money.Money(a, "EUR")


@given(st.text(max_size=30))
def test_any_text_is_an_amount_or_is_refused(written):
    with suppress(RefusedInputError):
        assert money.parse_amount(written).is_finite()


@given(day=DAYS)
def test_a_date_is_read_as_people_write_it(day):
    name = MONTHS[day.month - 1]
    for form in (
        day.isoformat(),
        day.strftime("%d/%m/%Y"),
        day.strftime("%d-%m-%y"),
        day.strftime("%d.%m.%Y"),
        f"{day.day} de {name} de {day.year}",
        f"{day.day} {name[:3]}. {day.year}",
        f"{day.day}-{name[:3].upper()}-{day.year % 100:02}",
        day.strftime("%B %d, %Y"),
        dates.format_date(day, "es"),
    ):
        assert dates.parse_date(form) == day, form
    assert dates.parse_date(day.strftime("%m/%d/%Y"), "en_US") == day


@given(st.text(max_size=30))
def test_any_text_is_a_date_or_is_refused(written):
    with suppress(RefusedInputError):
        assert isinstance(dates.parse_date(written), date)


@given(moment=st.datetimes(), hours=st.integers(-12, 14))
def test_a_moment_survives_iso_in_any_zone(moment, hours):
    aware = moment.replace(tzinfo=timezone(timedelta(hours=hours)))
    if not datetime(2, 1, 1, tzinfo=UTC) < aware < datetime(9998, 1, 1, tzinfo=UTC):
        return
    written = dates.to_iso(aware)
    assert written.endswith("Z")
    assert datetime.fromisoformat(written) == aware


@given(a=st.text(max_size=60), b=st.text(max_size=60))
def test_ticket_ids_have_one_form_and_depend_on_the_message_only(a, b):
    assert re.fullmatch(r"T-[0-9A-HJKMNP-TV-Z]{10}", ids.ticket_id(a))
    assert (ids.ticket_id(a) == ids.ticket_id(b)) == (a == b)


@given(st.text(max_size=60))
def test_folding_twice_is_folding_once(written):
    assert text.fold(text.fold(written)) == text.fold(written)


@given(written=st.text(max_size=80), length=st.integers(1, 80))
def test_truncated_text_fits(written, length):
    assert len(text.truncate(written, length)) <= length


@given(written=st.text(max_size=4000), label=st.text(max_size=50))
def test_a_card_fits_slacks_limits_and_has_no_live_markup(written, label):
    blocks = [notify.section(written, [written]), notify.fields({label: written})]
    texts = [blocks[0]["text"]["text"], *(field["text"] for field in blocks[1]["fields"])]
    for shown, limit in zip(texts, (3000, 2000), strict=True):
        assert len(shown) <= limit
        assert not re.search(r"[<>]|&(?!amp;|lt;|gt;)", shown)
    assert len(notify.header(written)["text"]["text"]) <= 150


@settings(max_examples=300)
@given(
    secret=st.text(st.characters(exclude_categories=["Cs", "Cc", "Z"]), min_size=6, max_size=40),
    around=st.tuples(st.text(max_size=30), st.text(max_size=30)),
)
def test_a_secret_is_hidden_wherever_it_stands(secret, around, monkeypatch_module):
    monkeypatch_module.setenv("ANY_SECRET", secret)
    value = secrets.optional("ANY_SECRET")
    shown = redaction.redact(f"{around[0]}{value}{around[1]}")
    assert value not in shown.replace(redaction.MASK, "\0")


@given(st.text(max_size=300))
def test_redaction_never_fails_and_masking_again_changes_nothing_secret(written):
    assert redaction.mask_registered(redaction.mask_registered(written)) == redaction.mask_registered(written)
    redaction.redact(written)


@given(value=st.text(max_size=40))
def test_any_retry_after_is_a_wait_or_nothing(value):
    found = retry_after({"Retry-After": value})
    assert found is None or found >= 0


@given(
    attempt=st.integers(1, 20),
    remaining=st.floats(-10, 100),
    jitter=st.floats(0, 1),
    advice=st.none() | st.floats(0, 1e6),
)
def test_a_wait_is_always_within_the_time_left(attempt, remaining, jitter, advice):
    error = RateLimitedError("x", retry_after=advice) if advice is not None else UnavailableError("x")
    delay = retry_delay(error, attempt, remaining, RetryPolicy(), jitter)
    assert delay is None or 0 <= delay < remaining
    if delay is not None and advice is not None:
        assert delay == advice
