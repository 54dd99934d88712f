"""Round trips: what is printed in any of the usual ways is read back as the same value."""

from datetime import date, timedelta
from decimal import Decimal

from hypothesis import assume, given
from hypothesis import strategies as st

from tickets.extraction.rules.dates import find_date
from tickets.extraction.rules.numbers import amounts, style_of

TODAY = date(2026, 11, 21)
CENTS = st.integers(0, 99_999_999)
DAYS = st.dates(TODAY - timedelta(days=19 * 365), TODAY)
MONTHS_ES = ["enero", "febrero", "marzo", "abril", "mayo", "junio"]
MONTHS_ES += ["julio", "agosto", "septiembre", "octubre", "noviembre", "diciembre"]
MONTHS_EN = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]


def grouped(cents, thousands, decimal):
    """An amount with the signs of a country."""
    return f"{Decimal(cents) / 100:,.2f}".replace(",", "\0").replace(".", decimal).replace("\0", thousands)


@given(CENTS, st.sampled_from([(".", ","), (",", "."), (" ", ","), ("", ","), ("", "."), ("'", ".")]))
def test_amounts_in_the_signs_of_any_country(cents, signs):
    assume(signs[0] or cents < 10**9)
    (found,) = amounts(f"TOTAL {grouped(cents, *signs)}")
    assert found.value == Decimal(cents) / 100


@given(CENTS, st.sampled_from(["{} €", "EUR {}", "RM{}", "RM {}", "${}", "S/ {}", "{}SR", "*{}", "({})", "{} EUR"]))
def test_amounts_with_a_currency_beside_them(cents, form):
    assume(cents < 100_000_00)
    (found,) = amounts(form.format(f"{Decimal(cents) / 100:.2f}"))
    assert found.value == Decimal(cents) / 100


@given(st.lists(CENTS, min_size=1, max_size=4))
def test_every_amount_of_a_row_is_found_in_its_order(values):
    row = "ARTICULO " + "  ".join(grouped(value, ".", ",") for value in values)
    assert [amount.value for amount in amounts(row)] == [Decimal(value) / 100 for value in values]


@given(st.integers(1000, 9_999_999))
def test_whole_amounts_with_groups(value):
    text = f"{value:,}".replace(",", ".")
    assert style_of([text, text]) == "whole"
    (found,) = amounts(f"TOTAL ${text}", "whole")
    assert found.value == value


@given(DAYS, st.sampled_from(["%d/%m/%Y", "%d-%m-%Y", "%d.%m.%Y", "%Y-%m-%d", "%Y/%m/%d", "%d/%m/%y", "%Y%m%d"]))
def test_dates_in_figures(day, form):
    found = find_date([f"Fecha: {day.strftime(form)} 18:02"], TODAY, month_first=False)
    assert found.value == day


@given(
    DAYS,
    st.sampled_from(
        ["{d} de {es} de {y}", "{d} {en} {y}", "{d}-{en}-{y}", "{en} {d}, {y}", "{d}{en}{y}", "{d} {es} {y}"]
    ),
)
def test_dates_in_words(day, form):
    names = {"es": MONTHS_ES[day.month - 1], "en": MONTHS_EN[day.month - 1]}
    found = find_date([form.format(d=day.day, y=day.year, **names)], TODAY, month_first=False)
    assert found.value == day


@given(DAYS)
def test_dates_in_the_american_order(day):
    assert find_date([day.strftime("%m/%d/%Y")], TODAY, month_first=True).value == day


@given(DAYS, st.times())
def test_a_date_glued_to_its_time(day, clock):
    assert find_date([f"{day:%d/%m/%Y}{clock:%H:%M:%S}"], TODAY, month_first=False).value == day


@given(st.text(max_size=60))
def test_any_text_is_read_without_an_error(text):
    amounts(text)
    amounts(text, "whole")
    found = find_date([text], TODAY, month_first=False)
    assert found is None or found.value <= TODAY + timedelta(days=1)
