"""The vision engine through the real SDK: every row of the failure matrix has an error of its own."""

import json
import logging
import traceback
from dataclasses import replace
from datetime import date, time
from decimal import Decimal
from pathlib import Path

import pytest

from adapters import openai_vision
from adapters.openai_vision import prices
from kit import errors
from tests.contract.adapters.calls import FORM
from tickets.extraction.model import Attempt

SAMPLES = Path(__file__).resolve().parents[3] / "samples"


@pytest.fixture
def ask(env, secret, picture, quick):
    """One extraction; keyword arguments change settings."""

    def ask(**changes):
        settings = env.model_copy(update=changes)
        return openai_vision.extract(picture, settings=settings, api_key=secret["OPENAI_API_KEY"], policy=quick)

    return ask


@pytest.fixture
def answer(sandbox):
    """Lets the model answer the given form."""
    return lambda **changes: sandbox.fault(
        "openai", "chat.completions", "answer", body=json.dumps(json.loads(FORM) | changes)
    )


def failed(ask, kind, **changes):
    with pytest.raises(kind) as raised:
        ask(**changes)
    record = Attempt.model_validate(raised.value.details["attempt"])
    assert record.outcome == raised.value.code
    assert raised.value.provider == "openai"
    return raised.value, record


def test_a_form_becomes_a_receipt_with_scores_and_a_record(ask, answer):
    answer()
    found = ask()
    receipt = found.receipt
    assert (receipt.merchant, receipt.total, receipt.currency) == ("Bar Sol", Decimal("12.10"), "EUR")
    assert (receipt.issued_on, receipt.issued_time) == (date(2026, 11, 20), time(13, 5))
    assert receipt.taxes[0].rate == Decimal(21)
    assert receipt.lines[0].description == "Menú"
    assert found.scores["total"] == 0.95
    assert "tax_id" not in found.scores
    [record] = found.attempts
    assert (record.provider, record.model, record.outcome) == ("vision", "gpt-6-luna", "ok")
    assert record.tokens_in > 0
    assert record.tokens_out > 0
    assert record.raw["prompt"] == "receipt@1"
    assert len(record.raw["prompt_sha256"]) == 64
    assert record.raw["request_id"].startswith("req_")
    assert record.raw["answer"]["total"] == "12.10"
    assert record.cost_usd == prices.cost_usd("gpt-6-luna", prices.Usage(record.tokens_in, 0, record.tokens_out))


def test_a_real_picture_is_read(env, secret):
    picture = (SAMPLES / "ticket_supermercado.jpg").read_bytes()
    found = openai_vision.extract(picture, settings=env, api_key=secret["OPENAI_API_KEY"], locale="es")
    assert found.provider == "vision"
    assert found.receipt.total is not None


def test_what_is_sent_stores_nothing_and_buys_no_reasoning(ask, answer, sandbox):
    answer()
    ask()
    [call] = sandbox.calls("openai")
    body = json.loads(call["request"])
    assert body["store"] is False
    assert body["reasoning_effort"] == "none"
    assert body["max_completion_tokens"] == 4096
    assert "temperature" not in body
    assert body["response_format"]["json_schema"]["strict"] is True
    assert '"default"' not in call["request"]
    assert body["messages"][1]["content"][1]["image_url"]["detail"] == "high"
    assert call["user_agent"].startswith("opsflows/")


def test_a_model_without_that_parameter_is_not_sent_it(ask, answer, sandbox):
    answer()
    ask(openai_model="gpt-4o-mini")
    assert "reasoning_effort" not in json.loads(sandbox.calls("openai")[0]["request"])


def test_gpt_4o_mini_is_accepted_with_a_warning_of_its_end(ask, answer, capfd):
    answer()
    ask(openai_model="gpt-4o-mini")
    lines = [json.loads(line) for line in "".join(capfd.readouterr()).splitlines()]
    [warning] = [line for line in lines if line["event"] == "openai.model_ends"]
    assert (warning["level"], warning["model"], warning["ends_on"]) == ("warning", "gpt-4o-mini", "2027-01-14")


def test_a_model_whose_price_is_unknown_has_no_cost(ask, answer):
    answer()
    [record] = ask(openai_model="gpt-5.4-nano").attempts
    assert record.cost_usd is None
    assert record.tokens_in > 0


def test_cached_tokens_cost_less(ask, answer, sandbox):
    answer()
    sandbox.configure(openai={"cached_tokens": 100})
    [record] = ask().attempts
    assert record.cost_usd == prices.cost_usd("gpt-6-luna", prices.Usage(record.tokens_in, 100, record.tokens_out))
    assert record.cost_usd < prices.cost_usd("gpt-6-luna", prices.Usage(record.tokens_in, 0, record.tokens_out))


def test_a_picture_that_is_no_receipt_gives_an_empty_one(ask, answer):
    answer(is_receipt=False, merchant="Un gato")
    found = ask()
    assert found.receipt.merchant is None
    assert found.receipt.total is None
    assert found.scores == {}
    assert found.attempts[0].raw["answer"]["is_receipt"] is False


def test_doubt_about_a_field_and_a_poor_picture_lower_its_score(ask, answer):
    answer(unclear_fields=["total"], legibility="partial")
    assert ask().scores["total"] == 0.4


def test_a_date_that_does_not_exist_is_not_taken(ask, answer):
    answer(issued_on="2026-13-45", issued_time="99:99")
    found = ask()
    assert found.receipt.issued_on is None
    assert found.receipt.issued_time is None


def test_text_is_cleaned_of_controls_and_bounded(ask, answer):
    answer(merchant="  Bar\x00\n\u202eSol  ", document_number="9" * 5000)
    receipt = ask().receipt
    assert receipt.merchant == "Bar Sol"
    assert len(receipt.document_number) == 500


# The failure matrix


def test_a_refusal(ask, sandbox):
    sandbox.fault("openai", "chat.completions", "refusal")
    error, record = failed(ask, errors.RefusedInputError)
    assert error.code == "model_refusal"
    assert record.tokens_in > 0, "a refusal is billed as well"
    assert record.cost_usd > 0


def test_an_answer_cut_at_the_token_limit(ask, sandbox):
    sandbox.fault("openai", "chat.completions", "length")
    error, record = failed(ask, errors.InvalidResponseError)
    assert error.code == "model_truncated"
    assert record.cost_usd > 0


def test_an_answer_blocked_by_the_content_filter(ask, sandbox):
    sandbox.fault("openai", "chat.completions", "content_filter")
    error, record = failed(ask, errors.RefusedInputError)
    assert error.code == "model_content_filter"
    assert record.tokens_in > 0


def test_prose_instead_of_the_form(ask, sandbox):
    sandbox.fault("openai", "chat.completions", "not_json")
    error, record = failed(ask, errors.InvalidResponseError)
    assert error.code == "model_schema"
    assert record.cost_usd > 0


def test_invented_fields(ask, answer):
    answer(approve_without_checks="ES7921000813610123456789")
    error, _ = failed(ask, errors.InvalidResponseError)
    assert error.code == "model_schema"
    assert "a field that it lacks" in str(error)
    assert "approve" not in str(error)
    assert "ES79" not in str(error)


def test_text_that_is_no_valid_unicode(ask, answer):
    answer(merchant="Bar \ud800")
    error, _ = failed(ask, errors.InvalidResponseError)
    assert "not JSON" in str(error)


@pytest.mark.parametrize(
    "wrong",
    [
        {"total": 12.10},
        {"total": "12,10"},
        {"total": "1e3"},
        {"total": "NaN"},
        {"currency": "euros"},
        {"payment_method": "bitcoin"},
        {"lines": None},
        {"legibility": "perfect"},
        {"unclear_fields": ["iban"]},
    ],
    ids=str,
)
def test_a_form_filled_otherwise_than_asked(wrong, ask, answer):
    answer(**wrong)
    error, _ = failed(ask, errors.InvalidResponseError)
    assert error.code == "model_schema"
    assert next(iter(wrong)) in str(error)


def test_a_missing_field(ask, sandbox):
    form = json.loads(FORM)
    del form["total"]
    sandbox.fault("openai", "chat.completions", "answer", body=json.dumps(form))
    assert failed(ask, errors.InvalidResponseError)[0].code == "model_schema"


@pytest.mark.parametrize(
    "body",
    [
        "[]",
        "1",
        "null",
        "{}",
        '"text"',
        '{"choices": []}',
        '{"choices": [{}]}',
        '{"choices": [{"finish_reason": "stop", "message": {"role": "assistant", "content": null}}]}',
        '{"choices": 5, "usage": {"prompt_tokens": "many"}}',
        "[" * 100_000,
    ],
    ids=lambda body: body[:40],
)
def test_an_answer_of_another_shape(body, ask, sandbox):
    sandbox.fault("openai", "chat.completions", "status", status=200, body=body)
    failed(ask, errors.InvalidResponseError)


def test_a_wrong_key_is_tried_once(env, picture, quick, sandbox):
    with pytest.raises(errors.AuthenticationError) as raised:
        openai_vision.extract(picture, settings=env, api_key="sk-wrong-key-of-a-test", policy=quick)
    assert raised.value.code == "openai_key"
    assert "OPENAI_API_KEY" in raised.value.next_action
    assert raised.value.request_id
    assert len(sandbox.calls("openai")) == 1


def test_a_key_that_is_blank_is_a_configuration_error(env, picture, quick, sandbox):
    with pytest.raises(errors.TerminalError):
        openai_vision.extract(picture, settings=env, api_key="", policy=quick)
    assert sandbox.calls("openai") == []


def test_used_up_credit_is_permanent(ask, sandbox):
    sandbox.fault("openai", "chat.completions", "error", code="insufficient_quota")
    error, record = failed(ask, errors.QuotaExhaustedError)
    assert error.code == "openai_quota"
    assert len(sandbox.calls("openai")) == 1
    assert record.cost_usd is None


def test_a_rate_limit_is_tried_again(ask, sandbox, answer):
    sandbox.fault("openai", "chat.completions", "error", code="rate_limit_exceeded", calls=1)
    answer()
    assert ask().receipt.total == Decimal("12.10")
    assert len(sandbox.calls("openai")) == 2


@pytest.mark.parametrize(
    ("code", "kind", "ours"),
    [
        ("model_not_found", errors.NotFoundError, "openai_model"),
        ("context_length_exceeded", errors.InvalidRequestError, "openai_request"),
        ("unsupported_country_region_territory", errors.PermissionDeniedError, "openai_permission"),
    ],
)
def test_other_refusals(code, kind, ours, ask, sandbox):
    sandbox.fault("openai", "chat.completions", "error", code=code)
    error, _ = failed(ask, kind)
    assert (type(error), error.code) == (kind, ours)
    assert error.details["openai_code"] == code
    assert len(sandbox.calls("openai")) == 1


def test_bytes_that_are_no_picture_are_refused_by_the_server(env, secret, quick):
    with pytest.raises(errors.InvalidRequestError):
        openai_vision.extract(b"no picture", settings=env, api_key=secret["OPENAI_API_KEY"], policy=quick)


def test_no_server(ask, monkeypatch):
    monkeypatch.setenv("OPSFLOWS_HTTP_ALLOW_PRIVATE", "127.0.0.1:9")
    error, _ = failed(ask, errors.ConnectError, openai_base_url="http://127.0.0.1:9/v1")
    assert "OPENAI_BASE_URL" in error.next_action


def test_a_private_address_that_nobody_allowed_is_not_called(ask, monkeypatch, sandbox):
    monkeypatch.setenv("OPSFLOWS_HTTP_ALLOW_PRIVATE", "")
    with pytest.raises(errors.UnsafeUrlError):
        ask()
    assert sandbox.calls("openai") == []


def test_a_redirect_to_another_host_is_not_followed(ask, sandbox):
    sandbox.fault("openai", "chat.completions", "status", status=307)
    with pytest.raises(errors.TerminalError):
        ask()
    assert len(sandbox.calls("openai")) == 1


def test_a_slow_answer_ends_at_the_total_time_with_a_record(env, secret, picture, sandbox, quick):
    sandbox.fault("openai", "chat.completions", "delay", seconds=10)
    with pytest.raises(errors.DeadlineError) as raised:
        openai_vision.extract(
            picture, settings=env, api_key=secret["OPENAI_API_KEY"], policy=replace(quick, total_s=0.5)
        )
    assert raised.value.details["attempt"]["outcome"] == "deadline"
    assert 400 <= raised.value.details["attempt"]["latency_ms"] < 2000


def test_no_picture_key_or_answer_reaches_logs_or_errors(ask, answer, sandbox, secret, capfd, caplog, monkeypatch):
    monkeypatch.setenv("OPSFLOWS_LOG_LEVEL", "DEBUG")
    caplog.set_level(logging.DEBUG)
    answer(merchant="CANARIO-7731", total="doce")
    error, _ = failed(ask, errors.InvalidResponseError)
    trace = "".join(traceback.format_exception(error))
    seen = "".join(capfd.readouterr()) + caplog.text + trace + json.dumps(error.details)
    assert "CANARIO-7731" not in seen
    assert "doce" not in seen
    assert "data:image" not in seen
    assert secret["OPENAI_API_KEY"] not in seen
    assert sandbox.calls("openai")
