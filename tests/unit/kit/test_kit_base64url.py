"""Text for addresses: it comes back as it was, needs no escaping, and what is none of it is refused."""

from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kit import base64url


@given(st.binary(max_size=200))
def test_bytes_come_back_and_need_no_escaping(data):
    text = base64url.encode(data)
    assert base64url.decode(text) == data
    assert quote(text, safe="") == text


@pytest.mark.parametrize("text", ["a", "ab*d", "ab cd", "ñandú", "abcde"])
def test_what_is_no_such_text_is_refused(text):
    with pytest.raises(ValueError, match=r"base64|ASCII|padding"):
        base64url.decode(text)
