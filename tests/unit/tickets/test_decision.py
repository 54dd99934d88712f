"""What a reviewer may change, and in which form it is kept."""

import pytest

from kit.errors import RefusedInputError
from tickets import decision


def changes(**values):
    return decision.parse({"action": "approve", "changes": values}).changes


@pytest.mark.parametrize(
    ("field", "given", "kept"),
    [
        ("total", "12.5", "12.50"),
        ("total", " 1234 ", "1234.00"),
        ("total", "-3.20", "-3.20"),
        ("issued_on", "2026-03-31", "2026-03-31"),
        ("currency", "eur", "EUR"),
        ("merchant", "  Bar \n Sol ", "Bar Sol"),
        ("merchant", "Bar\x00 Sol", "Bar Sol"),
        ("tax_id", "", None),
        ("document_number", None, None),
        ("payment_method", "card", "card"),
        ("category", "Comidas", "Comidas"),
    ],
)
def test_values_are_kept_in_one_form(field, given, kept):
    assert changes(**{field: given}) == {field: kept}


@pytest.mark.parametrize(
    ("field", "given"),
    [
        ("total", "12,50"),
        ("total", "NaN"),
        ("total", "1e3"),
        ("total", "12.505"),
        ("total", "1234567890123"),
        ("total", "٣"),
        ("total", ""),
        ("issued_on", "31/03/2026"),
        ("issued_on", "2026-02-30"),
        ("currency", "EURO"),
        ("currency", None),
        ("merchant", "   "),
        ("merchant", "x" * 201),
        ("payment_method", "gold"),
        ("verdict", "accept"),
        ("ticket_id", "T-0000000000"),
    ],
)
def test_what_does_not_fit_is_refused_and_the_field_is_named(field, given):
    with pytest.raises(RefusedInputError) as refused:
        changes(**{field: given})
    assert refused.value.code == "decision_invalid"
    assert field in refused.value.message


@pytest.mark.parametrize(
    "data",
    [
        {"action": "maybe"},
        {"changes": {}},
        {"action": "reject", "changes": {"total": "1.00"}},
        {"action": "approve", "by": "x"},
        {"action": "approve", "changes": ["total"]},
        None,
        "approve",
    ],
)
def test_what_is_no_decision_is_refused(data):
    with pytest.raises(RefusedInputError):
        decision.parse(data)


def test_the_refusal_names_the_fields_for_a_form():
    with pytest.raises(RefusedInputError) as refused:
        changes(total="x", issued_on="y", merchant="Bar Sol")
    assert refused.value.details["fields"] == ["issued_on", "total"]
