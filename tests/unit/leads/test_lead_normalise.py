"""What ManyChat sends, in its own odd forms."""

from datetime import UTC, datetime

import pytest

from leads import contact, fields, key, normalise

FULL = {
    "key": "user:1234567890",
    "id": 1234567890,
    "page_id": "10001",
    "name": "ana maría GARCÍA",
    "first_name": "ANA",
    "last_name": "{{last_name}}",
    "locale": "es-mx",
    "subscribed": "2026-11-01T08:00:00+00:00",
    "last_interaction": "2026-11-21T10:00:00+01:00",
    "email": " Ana.Garcia@Ejemplo.ES ",
    "phone": "",
    "whatsapp_phone": "34600111222",
    "ig_username": None,
    "custom_fields": {"utm_source": "instagram", "presupuesto": 1500.0, "vacio": "", "consent": "Sí"},
}


def test_full_contact_data():
    lead = normalise.lead(FULL, country="ES")
    assert lead.manychat_id == "1234567890"
    assert lead.email == "ana.garcia@ejemplo.es"
    assert lead.phone == "+34600111222"
    assert (lead.first_name, lead.last_name) == ("Ana", None)
    assert (lead.locale, lead.channel, lead.utm_source) == ("es_MX", "whatsapp", "instagram")
    assert lead.happened_at == datetime(2026, 11, 21, 9, 0, tzinfo=UTC)
    assert lead.consent.given is True
    assert lead.custom == {"presupuesto": "1500"}


@pytest.mark.parametrize("nothing", ["", "   ", "{{email}}", "{{ cuf_123 }}", None, [], {}, "\u200b"])
def test_what_is_not_set_is_absent(nothing):
    lead = normalise.lead({"id": "1", "email": nothing, "first_name": nothing, "utm_source": nothing}, country="ES")
    assert lead.values() == {"manychat_id": "1"}


@pytest.mark.parametrize(
    ("written", "country", "read"),
    [
        ("600 111 222", "ES", "+34600111222"),
        ("+52 55 1234 5678", "ES", "+525512345678"),
        ("34600111222", "ES", "+34600111222"),
        ("55 1234 5678", "MX", "+525512345678"),
        ("123", "ES", None),
        ("no", "ES", None),
        (None, "ES", None),
    ],
)
def test_phone_numbers(written, country, read):
    assert contact.phone(written, country) == read


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("ANA@EJEMPLO.ES", "ana@ejemplo.es"),
        ("ana@niño.es", "ana@xn--nio-8ma.es"),
        ("ana@", None),
        ("ana ejemplo.es", None),
        ("<script>@x.es", None),
        (None, None),
    ],
)
def test_addresses(written, read):
    assert contact.email(written) == read


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("2026-11-21T10:00:00Z", "2026-11-21T10:00:00+00:00"),
        ("2026-11-21 10:00:00", "2026-11-21T10:00:00+00:00"),
        ("1795255200", "2026-11-21T10:00:00+00:00"),
        ("1795255200000", "2026-11-21T10:00:00+00:00"),
        ("yesterday", None),
        ("99999999999999999", None),
    ],
)
def test_moments(written, read):
    found = fields.moment(written)
    assert (found.isoformat() if found else None) == read


def test_a_refused_consent_is_no_and_silence_is_nothing():
    refused = normalise.lead({"id": "1", "consent": "no", "consent_at": "2026-11-21", "consent_text": "¿Aceptas?"})
    assert refused.consent.given is False
    assert refused.values()["consent"] == "false"
    assert refused.values()["consent_at"] == "2026-11-21T00:00:00Z"
    assert normalise.lead({"id": "1"}).consent.given is None


def test_the_key_is_of_the_event_and_not_of_its_words():
    again = FULL | {"email": "otra@ejemplo.es"}
    assert key.key(FULL) == key.key(again)
    assert key.key(FULL) != key.key(FULL | {"last_interaction": "2026-11-21T10:00:01+01:00"})
    assert key.key(FULL) != key.key(FULL | {"flow": "otro"})
    assert key.key(FULL | {"request_id": "r1"}) == key.key(again | {"request_id": "r1", "flow": "otro"})
    assert key.key({"id": 7, "email": "a@b.es"}) == key.key({"id": "7", "email": "A@B.es"})
