"""The API and the bucket of the ETL flows: what each tells, and what the doctor makes of it."""

import pytest
import requests

from tests.bucket_support import moto_s3, s3_uri
from tools.doctor.model import State

__all__ = ["moto_s3", "s3_uri"]
ROW = {"seq": 1, "recorded_at": "2026-11-20T10:00:00Z", "event_id": "e", "customer_id": 1, "event_type": "sale"}
ROW |= {"occurred_at": "2026-11-20T10:00:00Z", "amount": "1.50", "currency": "EUR", "quantity": 1, "payload": None}


@pytest.fixture
def look(healthy):
    def by_name(provider):
        return {found.name: found for found in healthy(provider).findings}

    return by_name


@pytest.mark.parametrize(
    ("row", "name", "state", "told"),
    [
        (ROW, "list", State.OK, "columns of the contract sales_events"),
        ({**ROW, "amount": True}, "columns", State.ATTENTION, "amount (boolean instead of numeric)"),
        ({**ROW, "coupon": "X"}, "columns", State.ATTENTION, "coupon"),
    ],
)
def test_the_columns_of_a_list_are_compared(look, process, row, name, state, told):
    headers = {"Authorization": f"Bearer {process.credentials.shop_token}"}
    url = f"{process.base_url}/shop/v1/sales_events/rows"
    requests.put(url, json={"rows": [row]}, headers=headers, timeout=20).raise_for_status()
    found = look("etl-api")[name]
    assert found.state is state
    assert told in found.text


@pytest.mark.parametrize("name", ["ETL_API_TOKEN", "OPSFLOWS_ETL_API_URL"])
def test_an_api_that_is_not_set_up_is_not_wrong(healthy, monkeypatch, name):
    monkeypatch.delenv(name)
    report = healthy("etl-api")
    assert report.state is State.ABSENT
    assert name in report.findings[0].text


def test_a_bucket_of_s3(look, s3_uri, monkeypatch):
    monkeypatch.setenv("OPSFLOWS_ETL_BUCKET", s3_uri)
    assert look("etl-bucket")["bucket"].text.endswith("nothing is there yet.")
    monkeypatch.setenv("OPSFLOWS_ETL_BUCKET", "s3://there-is-no-such-bucket")
    assert look("etl-bucket")["not_found"].docs == "setup/etl-bucket.md#no-such-bucket"
    monkeypatch.setenv("OPSFLOWS_ETL_BUCKET_ENDPOINT", "http://127.0.0.1:9")
    assert look("etl-bucket")["no_connection"].state is State.WRONG
    monkeypatch.delenv("ETL_BUCKET_SECRET")
    assert "ETL_BUCKET_SECRET is not" in look("etl-bucket")["key"].text


def test_a_folder(look, healthy, tmp_path, monkeypatch):
    monkeypatch.delenv("OPSFLOWS_ETL_BUCKET", raising=False)
    assert healthy("etl-bucket").state is State.ABSENT
    monkeypatch.setenv("OPSFLOWS_ETL_BUCKET", str(tmp_path / "files"))
    assert look("etl-bucket")["folder"].state is State.ATTENTION
    (tmp_path / "files").mkdir()
    assert look("etl-bucket")["folder"].state is State.OK
