"""The token endpoint, sharing, scopes and quotas, through gspread and google-auth."""

from __future__ import annotations

import time

import google.auth.crypt
import google.auth.jwt
import gspread
import pytest
import requests
from google.auth.exceptions import RefreshError

from local.providers import credentials


def assertion(signer_key, account, **changes):
    now = int(time.time())
    claims = {
        "iss": account["client_email"],
        "aud": account["token_uri"],
        "iat": now,
        "exp": now + 3600,
        "scope": "https://www.googleapis.com/auth/spreadsheets",
    }
    signer = google.auth.crypt.RSASigner.from_string(signer_key, account["private_key_id"])
    return google.auth.jwt.encode(signer, claims | changes).decode()


def exchange(sandbox, jwt):
    form = {"grant_type": "urn:ietf:params:oauth:grant-type:jwt-bearer", "assertion": jwt}
    return requests.post(f"{sandbox.base_url}/google/token", data=form, timeout=30)


@pytest.fixture
def account(sandbox):
    return sandbox.credentials.service_account(sandbox.base_url)


def test_a_genuine_assertion_gets_a_token(sandbox, account):
    answer = exchange(sandbox, assertion(account["private_key"], account)).json()
    assert (answer["token_type"], answer["expires_in"]) == ("Bearer", 3599)


def test_another_key_is_refused(sandbox, account):
    answer = exchange(sandbox, assertion(credentials.generate().google_private_key, account))
    assert (answer.status_code, answer.json()) == (
        400,
        {"error": "invalid_grant", "error_description": "Invalid JWT Signature."},
    )


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"iss": "other@example.com"}, "invalid_grant"),
        ({"aud": "https://example.com/token"}, "invalid_grant"),
        ({"exp": 1_000_000, "iat": 999_000}, "invalid_grant"),
        ({"exp": 4_000_000_000}, "invalid_grant"),
        ({"scope": ""}, "invalid_scope"),
    ],
)
def test_wrong_claims_are_refused(sandbox, account, changes, error):
    answer = exchange(sandbox, assertion(account["private_key"], account, **changes))
    assert (answer.status_code, answer.json()["error"]) == (400, error)


def test_gspread_meets_a_refresh_error_when_the_token_endpoint_refuses(control, google, sandbox):
    control.fault("google", "token", "status", status=400, body='{"error":"invalid_grant"}', calls=1)
    with pytest.raises(RefreshError):
        google.open_by_key(sandbox.credentials.google_spreadsheet_id)


def test_expired_tokens_are_renewed_by_the_library_without_notice(control, sheet):
    control.expire_tokens()
    sheet.append_row(["a"])
    assert control.rows() == [["a"]]
    assert [call["status"] for call in control.calls("google", "values.append")] == [401, 200]


def test_a_token_without_a_fitting_scope_is_a_403(sandbox, account):
    other = "https://www.googleapis.com/auth/calendar"
    token = exchange(sandbox, assertion(account["private_key"], account, scope=other)).json()["access_token"]
    url = f"{sandbox.base_url}/google/v4/spreadsheets/{sandbox.credentials.google_spreadsheet_id}"
    answer = requests.get(url, headers={"Authorization": f"Bearer {token}"}, timeout=30)
    assert answer.status_code == 403
    assert answer.json()["error"]["details"][0]["reason"] == "ACCESS_TOKEN_SCOPE_INSUFFICIENT"


def test_an_unknown_spreadsheet_and_one_that_is_not_shared(control, google):
    with pytest.raises(gspread.SpreadsheetNotFound):
        google.open_by_key("1nothing")
    private = control.spreadsheet(title="Privada", share="none")
    with pytest.raises(PermissionError):
        google.open_by_key(private)


def test_a_reader_may_read_and_not_write(control, google):
    shared = control.spreadsheet(title="Solo lectura", share="reader", sheets={"Datos": [["x"]]})
    tab = google.open_by_key(shared).worksheet("Datos")
    assert tab.get_values() == [["x"]]
    with pytest.raises(gspread.exceptions.APIError) as caught:
        tab.append_row(["y"])
    assert caught.value.error["status"] == "PERMISSION_DENIED"


def test_the_61st_write_of_a_minute_is_a_429_and_the_next_minute_is_free_again(control, sheet):
    control.advance(60 - time.time() % 60)  # the beginning of a minute
    for index in range(60):
        sheet.append_row([index])
    with pytest.raises(gspread.exceptions.APIError) as caught:
        sheet.append_row(["too much"])
    error = caught.value.error
    assert (error["code"], error["status"]) == (429, "RESOURCE_EXHAUSTED")
    assert "limit 'Write requests per minute per user'" in error["message"]
    assert error["details"][0]["metadata"]["quota_limit_value"] == "60"
    control.advance(60)
    sheet.append_row(["again"])
    assert len(control.rows()) == 61


def test_reads_and_writes_have_quotas_of_their_own(control, sheet):
    control.configure(google={"per_user": 3})
    control.advance(60)
    for _ in range(3):
        sheet.append_row([1])
    assert len(sheet.col_values(1)) == 3
    with pytest.raises(gspread.exceptions.APIError):
        sheet.append_row([2])


def test_the_quota_of_the_project_counts_too(control, sheet):
    control.configure(google={"per_user": 0, "per_project": 2})
    control.advance(60)
    sheet.append_row([1])
    sheet.append_row([2])
    with pytest.raises(gspread.exceptions.APIError, match=r"Write requests per minute'"):
        sheet.append_row([3])


def test_drive_lists_by_name_and_creates(control, google):
    control.spreadsheet(title="Gastos d'Ana")
    created = google.create("Nueva", folder_id="folder")
    created.sheet1.append_row(["hola"])
    assert google.open("Nueva").id == created.id
    assert google.open("Gastos d'Ana").title == "Gastos d'Ana"
    with pytest.raises(gspread.SpreadsheetNotFound):
        google.open("Ninguna")
