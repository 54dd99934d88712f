"""The signature matrix: every way a signature can be right or wrong, as docs/kit.md states it."""

from __future__ import annotations

import hashlib
import hmac
import re
from pathlib import Path

import pytest

from kit import webhooks
from kit.errors import ConfigurationError

BODY = b'{"name":"Jos\\u00e9","url":"https:\\/\\/x"}'
NEW, OLD, FORMER = "new-app-secret", "old-app-secret", "former-app-secret"
NAME = "X-Hub-Signature-256"
DOCS = Path(__file__).parents[3] / "docs" / "kit.md"


def signature(secret: str = NEW, body: bytes = BODY, algorithm: str = "sha256") -> str:
    return f"{algorithm}={hmac.new(secret.encode(), body, getattr(hashlib, algorithm)).hexdigest()}"


GOOD = signature()
HEX = GOOD.removeprefix("sha256=")
CASES: list[tuple[str, dict, str]] = [
    ("signed with the current secret", {NAME: [GOOD]}, "ok"),
    ("signed with the previous secret during a rotation", {NAME: [signature(OLD)]}, "ok_previous"),
    ("signed with a secret that is no longer live", {NAME: [signature(FORMER)]}, "mismatch"),
    ("header name in another case", {NAME.lower(): [GOOD]}, "ok"),
    ("header given as plain text, not a list", {NAME: GOOD}, "ok"),
    ("header missing", {}, "missing"),
    ("header empty", {NAME: [""]}, "missing"),
    ("only the SHA-1 header", {"X-Hub-Signature": [signature(algorithm="sha1")]}, "missing"),
    ("sha1= in the SHA-256 header", {NAME: [signature(algorithm="sha1")]}, "algorithm"),
    ("another algorithm (sha512=)", {NAME: [signature(algorithm="sha512")]}, "algorithm"),
    ("upper-case hex", {NAME: ["sha256=" + HEX.upper()]}, "malformed"),
    ("upper-case algorithm (SHA256=)", {NAME: ["SHA256=" + HEX]}, "malformed"),
    ("no algorithm, hex only", {NAME: [HEX]}, "malformed"),
    ("one digit short", {NAME: [GOOD[:-1]]}, "malformed"),
    ("one digit long", {NAME: [GOOD + "0"]}, "malformed"),
    ("white space around", {NAME: [f" {GOOD} "]}, "malformed"),
    ("line break after", {NAME: [GOOD + "\n"]}, "malformed"),
    ("digits that are not ASCII", {NAME: ["sha256=" + "٣" * 64]}, "malformed"),
    ("two headers, both right", {NAME: [GOOD, GOOD]}, "duplicate"),
    ("two headers whose names differ in case", {NAME: [GOOD], NAME.lower(): [GOOD]}, "duplicate"),
    ("two signatures in one header", {NAME: [f"{GOOD}, {GOOD}"]}, "malformed"),
    ("right form, wrong digest", {NAME: ["sha256=" + "0" * 64]}, "mismatch"),
    ("signature of another body", {NAME: [signature(body=BODY + b" ")]}, "mismatch"),
    (
        "signature of the same document written differently",
        {NAME: [signature(body=BODY.replace(b"\\/", b"/"))]},
        "mismatch",
    ),
]


@pytest.mark.parametrize(("case", "headers", "code"), CASES, ids=[case[0] for case in CASES])
def test_matrix(case, headers, code):
    verdict = webhooks.verify_sha256(BODY, headers, [NEW, OLD])
    assert verdict == webhooks.Verification(ok=code.startswith("ok"), code=code), case


def test_the_documentation_states_the_same_cases():
    rows = re.findall(r"^\| ([^|]+) \| `(\w+)` \|$", DOCS.read_text(), re.MULTILINE)
    assert [(case.strip(), code) for case, code in rows] == [(case, code) for case, _, code in CASES]


def test_an_empty_body_is_verified_like_any_other():
    assert webhooks.verify_sha256(b"", {NAME: [signature(body=b"")]}, [NEW]).ok
    assert not webhooks.verify_sha256(b"", {NAME: [GOOD]}, [NEW]).ok


@pytest.mark.parametrize("secrets", [[], [""], [NEW, ""]])
def test_without_a_secret_nothing_is_accepted(secrets):
    with pytest.raises(ConfigurationError):
        webhooks.verify_sha256(BODY, {NAME: [signature("")]}, secrets)


def test_unrelated_headers_do_not_matter():
    headers = {"Content-Type": ["application/json"], NAME: [GOOD], "X-Other": []}
    assert webhooks.verify_sha256(BODY, headers, [NEW]).code == "ok"
