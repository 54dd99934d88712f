"""Which properties of a contact are written, given what it has and what we wrote last."""

import json

import pytest

from leads import mapping, plan

MAP = mapping.parse(
    json.dumps(
        {
            "stages": ["subscriber", "lead", "customer"],
            "properties": [
                {"property": "email", "field": "email"},
                {"property": "manychat_id", "field": "manychat_id"},
                {"property": "firstname", "field": "first_name", "mode": "if_empty"},
                {"property": "seen", "field": "last_interaction", "mode": "always"},
                {"property": "utm_source", "field": "utm_source", "mode": "on_create"},
                {"property": "lifecyclestage", "value": "lead", "mode": "always"},
            ],
        }
    )
)


@pytest.mark.parametrize(
    ("name", "present", "sent", "written"),
    [
        ("firstname", None, None, True),
        ("firstname", "", None, True),
        ("firstname", "Anna", None, False),
        ("firstname", "Anna", "Anna", True),
        ("firstname", "Sra. Anna", "Anna", False),
        ("firstname", "ana", None, False),
        ("utm_source", None, None, False),
        ("utm_source", None, "", True),
        ("utm_source", None, "ads", False),
        ("utm_source", "ads", None, False),
        ("utm_source", "ads", "ads", True),
        ("seen", "2026-11-20T10:00:00Z", None, True),
        ("seen", "2026-11-21T10:00:00.000Z", None, False),
        ("seen", "1795255200000", None, False),
        ("lifecyclestage", None, None, True),
        ("lifecyclestage", "subscriber", None, True),
        ("lifecyclestage", "customer", None, False),
        ("lifecyclestage", "customer", "customer", False),
        ("lifecyclestage", "4711", None, False),
    ],
)
def test_a_property_is_written_only_where_it_may(name, present, sent, written):
    wanted = MAP.to_hubspot({"first_name": "Ana", "last_interaction": "2026-11-21T10:00:00Z", "utm_source": "bot"})
    has = {"firstname": "Ana", "seen": wanted["seen"], "utm_source": "bot", "lifecyclestage": "lead", name: present}
    needed = plan.needed(MAP, wanted, has, {name: sent} if sent is not None else {})
    assert needed == ({name: wanted[name]} if written else {})


@pytest.mark.parametrize(
    ("present", "ours"),
    [
        ({"firstname": "ana", "seen": "1"}, {"firstname": "Ana", "seen": "1", "utm_source": ""}),
        (
            {"firstname": "Ana", "seen": "1", "utm_source": "theirs"},
            {"firstname": "Ana", "seen": "1", "utm_source": ""},
        ),
        ({"firstname": "Ana"}, {"seen": "0"}),
        ({}, {"seen": "0"}),
    ],
)
def test_a_write_without_an_answer_counts_where_the_contact_holds_all_of_it(present, ours):
    intents = [{"firstname": "Ana", "seen": "1", "utm_source": ""}, {"firstname": "Eva"}, {"utm_source": ""}]
    assert plan.taken({"seen": "0"}, intents, present) == ours
