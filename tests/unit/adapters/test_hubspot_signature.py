"""HubSpot's signature v3: who signs, what is signed, and when."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.hubspot import signature
from kit.errors import ConfigurationError

URL, SECRET, NOW = "https://hooks.example.com/hooks/hubspot", "a-client-secret", 1_790_000_000.0
BODY = '[{"eventId": 1, "propertyValue": "José"}]'.encode()


def headers(at: float = NOW, secret: str = SECRET, body: bytes = BODY) -> dict[str, list[str]]:
    stamp = str(int(at * 1000))
    return {
        "x-hubspot-signature-v3": [signature.sign("POST", URL, body, stamp, secret)],
        "X-HubSpot-Request-Timestamp": [stamp],
    }


def verify(given: dict[str, list[str]], body: bytes = BODY, url: str = URL, method: str = "POST") -> str:
    return signature.verify(method, url, body, given, [SECRET, "the-one-before"], now=NOW).code


@pytest.mark.parametrize(
    ("at", "code"), [(0, "ok"), (-299, "ok"), (-301, "stale"), (299, "ok"), (301, "future"), (-300, "ok")]
)
def test_the_time_counts_in_both_directions(at: float, code: str):
    assert verify(headers(NOW + at)) == code


def test_the_example_of_the_documentation_is_what_is_signed():
    # base64(hmac_sha256("secret", "POST" + "https://x.es/h" + "[]" + "1790000000000")), by openssl
    made = signature.sign("post", "https://x.es/h", b"[]", "1790000000000", "secret")
    assert made == "k+docy1gGY7JVxkh+Wonp1C++tGWNDHnzm/wmASprGM="


def test_codes():
    good = headers()
    assert verify(headers(secret="the-one-before")) == "ok_previous"
    assert verify(headers(secret="another")) == "mismatch"
    assert verify(good, url=URL + "?x=1") == "mismatch"
    assert verify(good, url=URL.replace("https", "http")) == "mismatch"
    assert verify(good, method="PUT") == "mismatch"
    assert verify({}) == "missing"
    assert verify({"X-HubSpot-Signature-v3": good["x-hubspot-signature-v3"]}) == "missing"
    assert verify(good | {"X-HubSpot-Signature-v3": good["x-hubspot-signature-v3"]}) == "duplicate"
    assert verify(good | {"x-hubspot-signature-v3": ["x" * 43 + "\n"]}) == "malformed"
    assert verify(good | {"X-HubSpot-Request-Timestamp": ["soon"]}) == "malformed"
    assert verify(good | {"X-HubSpot-Request-Timestamp": [str(int(NOW * 1000) + 1)]}) == "mismatch"
    with pytest.raises(ConfigurationError):
        signature.verify("POST", URL, BODY, good, [""], now=NOW)


@given(st.binary(max_size=200), st.data())
def test_any_body_passes_and_any_flipped_bit_is_refused(body: bytes, data: st.DataObject):
    made = headers(body=body)
    assert verify(made, body) == "ok"
    if body:
        place = data.draw(st.integers(0, 8 * len(body) - 1))
        flipped = bytearray(body)
        flipped[place // 8] ^= 1 << place % 8
        assert verify(made, bytes(flipped)) == "mismatch"
