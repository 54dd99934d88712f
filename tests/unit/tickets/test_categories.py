"""Categories by words, tax number and what people taught; the rules' files, and what is wrong with them."""

import json
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kit import files, i18n
from kit.errors import ConfigurationError
from tickets import categories, category_rules, merchants, store
from tickets.categories import Booking
from tickets.extraction.model import Line, Receipt

ROOT = Path(__file__).resolve().parents[3]
TEXT = files.read_text(category_rules.RULES)
SMALL = {
    "default_account": "629",
    "default_category": "other",
    "categories": [
        {"id": "fuel", "account": "628", "names": ["gasolinera"], "lines": ["diesel*"]},
        {"id": "other", "account": "629"},
    ],
}


def receipt(merchant=None, *lines, tax_id=None):
    return Receipt(merchant=merchant, tax_id=tax_id, lines=[Line(description=line) for line in lines])


@pytest.mark.parametrize(
    ("merchant", "lines", "category"),
    [
        ("Restaurante Casa Ramón, S.L.", [], "restaurant"),
        ("BAR SOL", ["Menú del día"], "restaurant"),
        ("Asador Los Álamos, C.B.", [], "restaurant"),
        ("Supermercados La Despensa, S.A.", ["LECHE ENTERA 1L"], "supermarket"),
        ("Estación de Servicio La Muela, S.L.", ["AGUA 1,5L"], "fuel"),
        ("Hermanos Pérez, S.L.", ["GASÓLEO A"], "fuel"),
        ("Autopistas del Sur, S.A.", ["PEAJE"], "toll"),
        ("Parking Plaza Mayor", [], "parking"),
        ("Radio Taxi Sevilla", [], "taxi"),
        ("RENFE Viajeros", [], "travel"),
        ("Hotel Miramar", ["Habitación doble", "Desayuno"], "hotel"),
        ("Farmacia Núñez Ibáñez", ["IBUPROFENO 600MG"], "pharmacy"),
        ("Ferretería Hermanos Gómez, S.L.", ["TORNILLO 4X40 CAJA"], "hardware"),
        ("Papelería Colón", [], "office"),
        ("Correos Express", [], "courier"),
        ("Abarrotes Doña Lupita, S.A. de C.V.", [], "supermarket"),
        ("THE GRILL KITCHEN", [], "restaurant"),
        ("SHELL STATION", ["Unleaded 95"], "fuel"),
        ("Barcelona Consulting, S.L.", ["Asesoría"], "other"),
        ("Barra y Cía", [], "other"),
        (None, [], "other"),
    ],
)
def test_words_in_the_name_and_the_lines_tell_the_category(merchant, lines, category):
    assert categories.classify(receipt(merchant, *lines), None).category == category


def test_a_name_says_more_than_two_lines_and_many_lines_more_than_a_name():
    assert categories.classify(receipt("Hotel Sol", "Menú del día", "Caña"), None).category == "hotel"
    shopping = ["Leche", "Queso", "Huevos", "Fruta"]
    assert categories.classify(receipt("Gasolinera Sur", *shopping), None).category == "supermarket"


def test_what_people_taught_goes_before_the_words():
    taught = {"category": "office"}
    assert categories.classify(receipt("Bar Sol"), taught) == Booking("office", "629")
    assert categories.classify(receipt("Bar Sol"), {"category": None}).category == "restaurant"
    assert categories.classify(receipt("Bar Sol"), {"category": "of_an_earlier_release"}).category == "restaurant"


def test_a_correction_is_what_the_next_receipt_gets(conn):
    sun = Receipt(merchant="Bar Sol", tax_id="B38757910", currency="EUR", total=Decimal("1.00"))
    merchants.learn(conn, sun, "hotel", "correction")
    assert categories.classify(sun, store.merchant(conn, "B38757910")).category == "hotel"


def test_each_category_has_an_account_and_a_name_in_each_language():
    rules = category_rules.load()
    assert len(rules.categories) >= 12
    for category in rules.categories:
        assert categories.booking(category.id) == Booking(category.id, category.account)
        for locale in ("es", "en"):
            assert i18n.t(f"category.{category.id}", locale)
    assert categories.booking(None) == categories.booking("unheard_of") == Booking("other", "629")


def test_every_category_is_described_in_the_docs():
    page = (ROOT / "docs/categories.md").read_text()
    rules = category_rules.load()
    assert [c.id for c in rules.categories if f"| `{c.id}` | {c.account} |" not in page] == []


def test_no_word_tells_two_categories():
    rules = category_rules.load()
    for part in ("names", "lines"):
        found = [word for category in rules.categories for word in getattr(category, part)]
        assert sorted({word for word in found if found.count(word) > 1}) == []


def test_a_company_sets_accounts_words_and_merchants_of_its_own():
    own = {
        "default_account": "6290001",
        "accounts": {"fuel": "6280002"},
        "names": {"fuel": ["Hermanos Pérez"]},
        "lines": {"restaurant": ["brunch"]},
        "merchants": {"B38757910": "office"},
    }
    rules = category_rules.combined(TEXT, json.dumps(own))
    [fuel] = [category for category in rules.categories if category.id == "fuel"]
    assert (fuel.account, fuel.names[0], rules.default_account) == ("6280002", "Hermanos Pérez", "6290001")
    assert rules.merchants == {"B38757910": "office"}
    assert category_rules.combined(TEXT, "{}") == category_rules.combined(TEXT, None)


def test_the_tax_number_of_a_company_s_file_decides(monkeypatch):
    rules = category_rules.combined(TEXT, json.dumps({"merchants": {"B38757910": "office"}}))
    monkeypatch.setattr(category_rules, "load", lambda: rules)
    assert categories.classify(receipt("Bar Sol", tax_id="B38757910"), None).category == "office"
    assert categories.classify(receipt("Bar Sol", tax_id="B38757910"), {"category": "hotel"}).category == "hotel"


@pytest.mark.parametrize(
    ("company", "said"),
    [
        ("{", "Invalid JSON"),
        ('{"acounts": {}}', "acounts: Extra inputs are not permitted"),
        ('{"accounts": {"fule": "628"}}', "there is no such category: accounts.fule"),
        ('{"accounts": {"fuel": "62 8"}}', "categories.0.account"),
        ('{"default_account": "x"}', "default_account"),
        ('{"default_category": "misc"}', "default_category: there is no category 'misc'"),
        ('{"merchants": {"B38757910": "misc"}}', "merchants.B38757910: there is no category 'misc'"),
        ('{"merchants": {"B38757911": "fuel"}}', "B38757911 is no valid tax number"),
        ("[]", "Input should be"),
    ],
)
def test_what_is_wrong_with_a_company_s_file_is_said(company, said):
    with pytest.raises(ConfigurationError) as raised:
        category_rules.combined(json.dumps(SMALL), company)
    assert raised.value.code == "categories_invalid"
    assert "categories.company.json" in str(raised.value)
    assert said in str(raised.value)


def test_two_categories_of_one_name_are_refused():
    with pytest.raises(ConfigurationError, match="fuel stands twice"):
        category_rules.combined(
            json.dumps(SMALL | {"categories": [*SMALL["categories"], SMALL["categories"][0]]}), None
        )


@given(st.text(max_size=60), st.lists(st.text(max_size=40), max_size=5))
def test_any_text_has_a_category_with_an_account(merchant, lines):
    found = categories.classify(receipt(merchant, *lines), None)
    assert found.category in categories.ids()
    assert found.account.isdigit()
