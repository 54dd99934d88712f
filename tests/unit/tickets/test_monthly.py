"""A month's expenses: what belongs to it, its sums, and its files, on a real Postgres."""

import csv
import io
import itertools
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from monthkit import ANA, LUIS, fill, receipt
from pdftext import text as pdf_text

from kit import errors, task
from tickets import monthly, monthly_card, monthly_csv, monthly_pdf, monthly_report
from tickets.monthly import Expense, Report, Tax

MONTH = "2026-10"
CTX = task.Context(execution_id="e1", flow_id="tickets_monthly_report", namespace="opsflows.tickets", release="0.1.0")


@pytest.fixture(autouse=True)
def _database(dsn, monkeypatch, tmp_path):
    monkeypatch.setenv("OPSFLOWS_PG_DSN", dsn)
    monkeypatch.setenv("OPSFLOWS_TIMEZONE", "Europe/Madrid")
    monkeypatch.chdir(tmp_path)


def expense(**changes):
    values = receipt(1) | {"part": "accepted", "person": "Ana", "sender_id": "ES.1", "payment_method": "card"}
    values |= {"category": None, "account": None}
    return Expense.model_validate(values | changes)


def report(*expenses):
    return Report(MONTH, list(expenses), [], [])


def lines(found):
    return list(csv.reader(io.StringIO(monthly_csv.write(found).decode("utf-8-sig")), delimiter=";"))


@pytest.mark.parametrize(
    ("today", "month"), [(date(2026, 11, 1), "2026-10"), (date(2026, 1, 31), "2025-12"), (date(2024, 3, 31), "2024-02")]
)
def test_the_month_is_the_one_before(today, month):
    assert monthly.month_before(today) == month


@pytest.mark.parametrize("month", ["2026-13", "26-10", "2026-1", "0000-01", "2026-10-01", "x"])
def test_what_is_no_month_is_refused(month):
    with pytest.raises(errors.RefusedInputError):
        monthly.chosen(month)


@pytest.mark.parametrize(
    ("part", "changes"),
    [
        ("accepted", {"issued_on": date(2026, 10, 1)}),
        ("accepted", {"issued_on": date(2026, 10, 31), "received_at": datetime(2026, 11, 20, tzinfo=UTC)}),
        (None, {"issued_on": date(2026, 9, 30), "received_at": datetime(2026, 9, 30, 12, tzinfo=UTC)}),
        (None, {"issued_on": date(2026, 11, 1), "received_at": datetime(2026, 10, 31, 12, tzinfo=UTC)}),
        ("late", {"issued_on": date(2026, 9, 30)}),
        ("review", {"verdict": "review"}),
        ("review", {"verdict": "review", "issued_on": None}),
        ("review", {"verdict": "review", "issued_on": date(2025, 1, 1)}),
        (None, {"verdict": "review", "issued_on": date(2026, 12, 1)}),
        (None, {"verdict": "reject"}),
        # 31 October, 23:30 UTC is 1 November in Madrid; 30 September, 22:30 UTC is 1 October.
        (None, {"issued_on": None, "received_at": datetime(2026, 10, 31, 23, 30, tzinfo=UTC)}),
        ("accepted", {"issued_on": None, "received_at": datetime(2026, 9, 30, 22, 30, tzinfo=UTC)}),
    ],
)
def test_a_receipt_belongs_to_the_month_of_its_own_date(conn, part, changes):
    fill(conn, [receipt(1, **changes)])
    found = monthly.read(conn, MONTH)
    assert {name for name in ("accepted", "review", "late") if getattr(found, name)} == ({part} if part else set())


def test_currencies_are_never_added_together(conn):
    amounts = [("EUR", "0.10"), ("EUR", "0.20"), ("USD", "5.00"), ("JPY", "100"), (None, "1.00")]
    fill(conn, [receipt(n, currency=c, total=t, tax_total=None) for n, (c, t) in enumerate(amounts)])
    found = monthly.totals(monthly.read(conn, MONTH).accepted)
    assert [(sum_.currency, sum_.number, sum_.total) for sum_ in found] == [
        ("EUR", 2, Decimal("0.30")),
        ("JPY", 1, Decimal(100)),
        ("USD", 1, Decimal("5.00")),
        (None, 1, Decimal("1.00")),
    ]


def test_people_with_one_name_are_two_people(conn):
    fill(conn, [receipt(1), receipt(2, sender=("ES.9", None, ANA[2])), receipt(3, sender=LUIS)])
    found = monthly.shares(monthly.read(conn, MONTH).accepted)
    counts = [(share.person, share.sum.number) for share in found]
    assert counts == [("Ana López", 1), ("Ana López", 1), ("Luis Gil", 1)]


def test_taxes_are_summed_by_rate_and_currency(conn):
    mixed = [{"rate": "10", "base": "1.00", "amount": "0.10"}, {"rate": "21.0", "base": None, "amount": "0.21"}]
    fill(conn, [receipt(1), receipt(2, taxes=mixed), receipt(3, currency="USD"), receipt(4, taxes=None)])
    found = monthly.rates(monthly.read(conn, MONTH).accepted)
    assert [tuple(rate) for rate in found] == [
        ("EUR", Decimal(21), Decimal("10.00"), Decimal("2.31")),
        ("EUR", Decimal(10), Decimal("1.00"), Decimal("0.10")),
        ("USD", Decimal(21), Decimal("10.00"), Decimal("2.10")),
    ]


AMOUNTS = st.decimals(min_value=0, max_value=Decimal("99999999999.99"), places=2)
EXPENSES = st.lists(
    st.tuples(st.sampled_from(["EUR", "USD", None]), AMOUNTS, st.sampled_from("ab"), st.sampled_from("xy"))
)


@given(EXPENSES)
def test_the_shares_add_up_to_the_totals_to_the_cent(found):
    expenses = [
        expense(currency=currency, total=total, tax_total=None, person=person, sender_id=person, category=category)
        for currency, total, person, category in found
    ]
    for total in monthly.totals(expenses):
        parts = [share.sum for share in monthly.shares(expenses) if share.sum.currency == total.currency]
        assert sum(part.total for part in parts) == total.total
        assert sum(part.number for part in parts) == total.number


def test_the_csv_has_a_line_a_rate_and_the_total_once():
    taxes = [Tax(rate=Decimal("21.0"), base=Decimal(10), amount=Decimal("2.1")), Tax(rate=Decimal("5.2"))]
    header, first, second = lines(report(expense(taxes=taxes, total=Decimal("1012.10"), category="Dietas")))
    assert header[:4] == ["Ticket", "Línea", "Fecha expedición", "N.º documento"]
    assert first[2:] == [
        *("15/10/2026", "F-1", "B38757910", "Bar Sol, S.L.", "Dietas", "", "Ana", "Tarjeta"),
        *("EUR", "21", "10,00", "2,10", "1012,10"),
    ]
    assert second[1] == "2"
    assert second[-4:] == ["5,2", "", "", ""]


def test_the_csv_opens_as_text_with_a_byte_order_mark():
    written = monthly_csv.write(report())
    assert written.startswith(b"\xef\xbb\xbfTicket;")
    assert written.endswith(b"\r\n")


def test_english_has_commas_points_and_iso_dates(monkeypatch):
    monkeypatch.setenv("OPSFLOWS_LOCALE", "en")
    text = monthly_csv.write(report(expense(merchant="A, B"))).decode("utf-8-sig")
    assert '2026-10-15,F-1,B38757910,"A, B"' in text
    assert ",10.00,2.10,12.10\r\n" in text


@pytest.mark.parametrize(
    ("currency", "amount", "shown"), [("JPY", "1200", "1200"), ("KWD", "1.5", "1,500"), (None, "3", "3,00")]
)
def test_amounts_have_the_digits_of_their_currency(currency, amount, shown):
    (_, line) = lines(report(expense(currency=currency, total=Decimal(amount))))
    assert line[-1] == shown


SIGNS = ["=", "+", "-", "@", "\t=", "\r=", "\n=", " =", "\uff1d", "\u2212", "\ufeff=", "\u200b=", '"=', ";=", "\x00="]
CALLS = ["1+1", "cmd|' /C calc'!A0", 'HYPERLINK("http://evil.example")', "A1", 'DDE("cmd";"/C calc")']
HOSTILE = [sign + call for sign, call in itertools.product(SIGNS, CALLS)]


@pytest.mark.parametrize("field", ["merchant", "tax_id", "document_number", "category", "account", "person"])
def test_what_strangers_write_never_becomes_a_formula(field):
    found = report(*(expense(**{field: payload}) for payload in HOSTILE))
    header, *rows = lines(found)
    assert {len(row) for row in rows} == {len(header)}
    written = [cell for row in rows for cell in row if "calc" in cell or "1+1" in cell or "A1" in cell]
    assert len(written) >= len(SIGNS) * 4
    assert all(cell.startswith("'") for cell in written)


@given(st.text())
def test_a_guarded_text_begins_with_no_sign_and_has_one_line(value):
    found = monthly_csv.guarded(value)
    assert not found.startswith(("=", "+", "-", "@", "\t", "\r"))
    assert len(found.splitlines()) <= 1


def test_the_report_has_its_sums_what_waits_and_every_receipt(conn):
    fill(conn, [receipt(1), receipt(2, sender=LUIS, total="1.00"), receipt(3, verdict="review", merchant="Dudoso")])
    fill(conn, [receipt(4, issued_on=date(2026, 9, 2), merchant="Tardío")])
    text = pdf_text(monthly_pdf.write(monthly.read(conn, MONTH)))
    for shown in ("octubre de 2026", "13,10", "Ana López", "Luis Gil", "Dudoso", "Tardío", "T-0000000001", "21 %"):
        assert shown.replace(" ", "") in text, shown


def test_an_empty_month_says_so(conn):
    assert "Nohaygastos" in pdf_text(monthly_pdf.write(monthly.read(conn, MONTH)))


def test_markup_of_a_receipt_is_data(conn):
    fill(conn, [receipt(1, merchant='#panic("x") *b* $1$', sender=("ES.1", None, "#eval(1)"))])
    assert '#panic("x")' in pdf_text(monthly_pdf.write(monthly.read(conn, MONTH)))


def run():
    return monthly_report.run(monthly_report.Inputs(month=MONTH), CTX)


def test_the_same_month_gives_the_same_digest_until_something_changes(conn):
    fill(conn, [receipt(1)])
    first = run()
    assert run() == first
    assert first["summary"] | {"digest": ""} == {
        "accepted": 1,
        "review": 0,
        "late": 0,
        "totals": ["12,10\xa0€"],
        "digest": "",
    }
    fill(conn, [receipt(2, verdict="review")])
    assert run()["summary"]["digest"] != first["summary"]["digest"]


def test_the_card_names_sums_and_links():
    summary = {"accepted": 2, "review": 1, "late": 0, "totals": ["1,00\xa0€", "2,00\xa0US$"], "digest": "d"}
    uri = "kestra:///opsflows/tickets/tickets-monthly-report/executions/e1/expenses.pdf"
    inputs = monthly_card.Inputs(month=MONTH, summary=summary, pdf_uri=uri, sheet_url="https://sheet.example/#gid=1")
    shown = str(monthly_card.blocks(inputs, CTX))
    for part in ("Gastos de octubre de 2026", "2,00", "Pendientes de revisión", "expenses.pdf", "#gid=1"):
        assert part in shown, part
    assert "De meses anteriores" not in shown
