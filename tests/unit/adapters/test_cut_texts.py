"""A provider may quote what it was sent; a text that is cut must not keep half of a secret."""

import json

import pytest

from adapters.sheets.errors import Classifier
from adapters.whatsapp import errors as graph
from kit import redaction
from kit.answers import Response

SECRET = "canary-" + "5f" * 20
redaction.register(SECRET)


@pytest.mark.parametrize("before", range(150, 320, 7))
@pytest.mark.parametrize(
    ("classify", "body"),
    [
        (graph.classify, {"error": {"code": 10, "message": "TEXT"}}),
        (Classifier("a@b.iam.gserviceaccount.com"), {"error": {"code": 403, "message": "TEXT", "status": "X"}}),
        (Classifier("a@b.iam.gserviceaccount.com"), {"error": "invalid_grant", "error_description": "TEXT"}),
    ],
)
def test_a_cut_text_holds_no_half_of_a_secret(classify, body, before):
    content = json.dumps(body).replace("TEXT", "x" * before + " " + SECRET).encode()
    error = classify(Response(403, {}, content, "https://x"))
    assert "canary" not in error.message
