"""The map of properties: what it refuses, and what it says outward and inward."""

import json

import pytest

from kit import files
from kit.errors import ConfigurationError
from leads import mapping

EMAIL = {"property": "email", "field": "email"}
IDENTITY = {"property": "manychat_id", "field": "manychat_id"}


def _map(*more, **others):
    return mapping.parse(json.dumps({"properties": [EMAIL, IDENTITY, *more], **others}))


def test_the_shipped_map_is_good_and_its_identity_is_unique():
    shipped = mapping.parse(files.read_text(mapping.PATH))
    identity = shipped.of_property(shipped.identity)
    assert identity.define["hasUniqueValue"] is True
    assert shipped.of_property("lifecyclestage").mode == "on_create"
    assert "utm_source" in shipped.first_touch()


def test_values_travel_out_and_back():
    made = _map({"property": "acepta", "field": "consent", "translate": {"true": "si", "false": "no"}})
    outward = made.to_hubspot({"email": "a@b.es", "consent": "true", "unmapped": "x"})
    assert outward == {"email": "a@b.es", "acepta": "si"}
    assert made.from_hubspot(outward | {"manychat_id": "", "other": "y"}) == {"email": "a@b.es", "consent": "true"}


@pytest.mark.parametrize(
    "wrong",
    [
        {"property": "email", "field": "again"},
        {"property": "other", "field": "email"},
        {"property": "neither"},
        {"property": "both", "field": "x", "value": "y"},
        {"property": "Bad Name", "field": "x"},
        {"property": "x", "field": "x", "mode": "never"},
    ],
)
def test_a_map_that_makes_no_sense_is_refused(wrong):
    with pytest.raises(ConfigurationError) as refused:
        _map(wrong)
    assert refused.value.code == "property_map"
