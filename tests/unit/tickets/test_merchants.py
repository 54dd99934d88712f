"""What is remembered of a merchant, from whom, and what it changes in a later reading; on a real Postgres."""

from datetime import date
from decimal import Decimal

import pytest

from kit import db
from tickets import merchants, store
from tickets.extraction.model import Assessment, Reason, Receipt, TaxLine

TAX_ID = "B38757910"
LUNCH = Receipt(
    merchant="Bar Sol, S.L.",
    tax_id=TAX_ID,
    issued_on=date(2026, 11, 20),
    currency="EUR",
    taxes=[TaxLine(rate=Decimal(10))],
    total=Decimal("12.10"),
)
MISSING = Reason(code="merchant_missing", field="merchant", severity="review")
UNCERTAIN = Reason(code="merchant_uncertain", field="merchant", severity="review", evidence="8ar Sd")
TOTAL = Reason(code="total_uncertain", field="total", severity="review")


def named(name):
    return LUNCH.model_copy(update={"merchant": name})


def accepted(conn, *receipts):
    for receipt in receipts or (LUNCH,):
        merchants.learn(conn, receipt, None, "accepted")


def corrected(conn, receipt=LUNCH, category=None):
    merchants.learn(conn, receipt, category, "correction")


def name_of(conn):
    return store.merchant(conn, TAX_ID)["name"]


def read(conn, receipt, *reasons):
    verdict = "review" if reasons else "accept"
    assessment = Assessment(verdict=verdict, reasons=list(reasons), receipt=receipt)
    return merchants.remembered(assessment, merchants.known(conn, receipt))


def codes(assessment):
    return [(reason.code, reason.severity) for reason in assessment.reasons]


def test_a_name_is_remembered_after_two_accepted_receipts_that_agree(conn):
    accepted(conn)
    assert name_of(conn) is None
    accepted(conn, named("BAR SOL SL"))
    assert name_of(conn) == "BAR SOL SL"
    assert store.merchant(conn, TAX_ID)["name_source"] == "readings"
    assert store.merchant(conn, TAX_ID)["receipts"] == 2


def test_readings_that_do_not_agree_are_not_remembered(conn):
    accepted(conn, named("Bar Sol"), named("Hostelería Pérez"), named("Bar Sol"), named("Hostelería Pérez"))
    assert name_of(conn) is None


def test_two_of_three_are_enough(conn):
    accepted(conn, named("Bar Sol"), named("Mesa 4"), named("Bar Sol"))
    assert name_of(conn) == "Bar Sol"


def test_one_correction_outweighs_all_readings_and_the_latest_the_others(conn):
    accepted(conn, *[named("8ar 5ol Centro")] * 9)
    corrected(conn, named("Bar Sol, S.L."))
    assert name_of(conn) == "Bar Sol, S.L."
    corrected(conn, named("Hostelería Pérez, S.L."))
    assert name_of(conn) == "Hostelería Pérez, S.L."
    accepted(conn, *[named("8ar 5ol Centro")] * 9)
    assert (name_of(conn), store.merchant(conn, TAX_ID)["name_source"]) == ("Hostelería Pérez, S.L.", "correction")


def test_a_person_s_spelling_stays(conn):
    corrected(conn, named("Bar Sol, S.L."))
    accepted(conn, named("BAR SOL SL"), named("BAR SOL SL"))
    assert name_of(conn) == "Bar Sol, S.L."


@pytest.mark.parametrize("tax_id", [None, "", "B38757911", "12345", "'; drop table tickets.merchants; --"])
def test_a_tax_number_that_is_not_sound_teaches_nothing(conn, tax_id):
    receipt = LUNCH.model_copy(update={"tax_id": tax_id})
    assert merchants.learn(conn, receipt, "restaurant", "correction") is False
    assert merchants.known(conn, receipt) is None
    assert db.fetch_all(conn, "select 1 from tickets.merchants") == []


def test_a_category_is_learned_from_corrections_only(conn):
    merchants.learn(conn, LUNCH, "fuel", "accepted")
    merchants.learn(conn, LUNCH, "fuel", "accepted")
    assert store.merchant(conn, TAX_ID)["category"] is None
    corrected(conn, category="restaurant")
    assert (store.merchant(conn, TAX_ID)["category"]) == "restaurant"
    corrected(conn)
    assert store.merchant(conn, TAX_ID)["category"] == "restaurant"
    corrected(conn, category="hotel")
    assert store.merchant(conn, TAX_ID)["category"] == "hotel"


def test_nothing_of_a_transaction_that_fails_is_learned(conn):
    def interrupted():
        with db.transaction(conn):
            corrected(conn)
            raise RuntimeError

    with pytest.raises(RuntimeError):
        interrupted()
    assert store.merchant(conn, TAX_ID) is None


def test_a_missing_name_is_filled_in_and_the_doubt_goes(conn):
    corrected(conn)
    found = read(conn, named(None), MISSING)
    assert found.receipt.merchant == "Bar Sol, S.L."
    assert (found.verdict, codes(found)) == ("accept", [("merchant_remembered", "info")])


def test_an_uncertain_name_becomes_the_remembered_one_and_other_doubts_stay(conn):
    corrected(conn)
    found = read(conn, named("8ar Sd"), UNCERTAIN, TOTAL)
    assert found.receipt.merchant == "Bar Sol, S.L."
    assert (found.verdict, codes(found)) == ("review", [("total_uncertain", "review"), ("merchant_remembered", "info")])
    assert "8ar Sd" in found.reasons[-1].evidence


def test_another_spelling_becomes_the_remembered_one(conn):
    corrected(conn)
    assert read(conn, named("BAR S0L SL")).receipt.merchant == "Bar Sol, S.L."
    same = read(conn, LUNCH)
    assert (same.receipt.merchant, same.reasons) == ("Bar Sol, S.L.", [])


def test_a_clear_reading_of_another_name_stays_and_raises_a_question(conn):
    corrected(conn)
    found = read(conn, named("Ferretería Gómez"))
    assert found.receipt.merchant == "Ferretería Gómez"
    assert (found.verdict, codes(found)) == ("review", [("merchant_differs", "review")])


def test_where_only_readings_speak_another_name_is_no_more_than_a_note(conn):
    accepted(conn, LUNCH, LUNCH)
    found = read(conn, named("Ferretería Gómez"))
    assert found.receipt.merchant == "Ferretería Gómez"
    assert (found.verdict, codes(found)) == ("accept", [("merchant_differs", "info")])


def test_what_is_not_yet_remembered_changes_nothing(conn):
    accepted(conn)
    found = read(conn, named(None), MISSING)
    assert (found.receipt.merchant, codes(found)) == (None, [("merchant_missing", "review")])


def test_unusual_tax_rates_and_currency_are_noted_once_there_is_a_habit(conn):
    odd = LUNCH.model_copy(
        update={"taxes": [TaxLine(rate=Decimal(21)), TaxLine(rate=Decimal("10.00"))], "currency": "USD"}
    )
    accepted(conn, LUNCH, LUNCH)
    assert codes(read(conn, odd)) == []
    accepted(conn)
    found = read(conn, odd)
    assert (found.verdict, codes(found)) == ("accept", [("tax_rate_unusual", "info"), ("currency_unusual", "info")])
    assert "21 % is new" in found.reasons[0].evidence
    assert codes(read(conn, LUNCH)) == []


def test_a_total_from_another_row_than_usual_is_noted(conn):
    def noted(total_row):
        assessment = Assessment(verdict="accept", receipt=LUNCH)
        return codes(merchants.remembered(assessment, merchants.known(conn, LUNCH), total_row))

    for amount in ("21,75", "4,90"):
        merchants.learn(conn, LUNCH, None, "accepted", f"TOTAL A PAGAR {amount} EUR")
    assert noted("SUBTOTAL 17,98") == []
    merchants.learn(conn, LUNCH, None, "accepted", "T0TAL A PAGAR 8,00 EUR")
    assert noted("SUBTOTAL 17,98") == [("total_row_unusual", "info")]
    assert noted("Total a pagar: 9,10 EUR") == []
    assert noted("TOTAI A PAGAR 9,10 EUR") == []
    assert noted(None) == []


def test_a_rejected_picture_stays_rejected(conn):
    corrected(conn)
    refused = Assessment(verdict="reject", reasons=[Reason(code="not_a_receipt", severity="reject")], receipt=LUNCH)
    assert merchants.remembered(refused, merchants.known(conn, LUNCH)) == refused
