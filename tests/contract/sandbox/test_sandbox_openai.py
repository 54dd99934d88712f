"""Chat completions through the openai library: real OCR, strict schemas, every way to fail."""

from __future__ import annotations

import base64
import statistics
import threading
import time
from pathlib import Path

import openai as sdk
import pytest
from pydantic import BaseModel, ConfigDict, ValidationError

from local.providers.openai.fill import fill
from local.providers.openai.schema import refusal

SAMPLES = Path(__file__).parents[3] / "samples"


class Line(BaseModel):
    model_config = ConfigDict(extra="forbid")
    description: str
    amount: str | None


class Form(BaseModel):
    model_config = ConfigDict(extra="forbid")
    is_receipt: bool
    merchant: str | None
    issued_on: str | None
    total: str | None
    lines: list[Line]


def ask(openai, picture=None, *, model="gpt-6-luna", form=Form, **more):
    content = [{"type": "text", "text": "Lee este recibo."}]
    if picture is not None:
        url = "data:image/jpeg;base64," + base64.b64encode(picture).decode()
        content.append({"type": "image_url", "image_url": {"url": url, "detail": "high"}})
    more = {"reasoning_effort": "none"} | more
    return openai.chat.completions.parse(
        model=model, response_format=form, messages=[{"role": "user", "content": content}], **more
    )


def raw(openai, response_format, **more):
    return openai.chat.completions.create(
        model="gpt-6-luna", messages=[{"role": "user", "content": "x"}], response_format=response_format, **more
    )


def strict(schema, name="R"):
    return {"type": "json_schema", "json_schema": {"name": name, "strict": True, "schema": schema}}


def record(**properties):
    return {"type": "object", "properties": properties, "required": list(properties), "additionalProperties": False}


def test_it_reads_the_very_picture_and_says_that_no_model_answered(openai, control):
    answer = ask(openai, (SAMPLES / "ticket_supermercado.jpg").read_bytes())
    form = answer.choices[0].message.parsed
    assert form.is_receipt
    assert (form.total, form.issued_on) == ("21.75", "2026-06-04")
    assert answer.system_fingerprint == "fp_sandbox_local_ocr"
    assert answer.usage.prompt_tokens > 500
    assert answer.usage.completion_tokens_details.reasoning_tokens == 0
    assert control.state("openai")["completions"][0]["finish_reason"] == "stop"


def test_a_picture_without_a_receipt_is_called_that(openai):
    form = ask(openai, (SAMPLES / "paisaje.jpg").read_bytes()).choices[0].message.parsed
    assert (form.is_receipt, form.total, form.lines) == (False, None, [])


def test_other_calls_are_served_while_a_picture_is_read(openai, graph, control):
    control.fault("openai", "chat.completions", "delay", seconds=0.2, calls=1)
    reading = threading.Thread(target=ask, args=(openai, (SAMPLES / "ticket_mexico.jpg").read_bytes()))
    reading.start()
    taken = []
    while reading.is_alive():
        started = time.perf_counter()
        graph.get(graph.url("1"))
        taken.append(time.perf_counter() - started)
    assert len(taken) > 5
    assert statistics.median(taken) < 0.3


@pytest.mark.parametrize(
    ("schema", "problem"),
    [
        (record(c={"type": "string", "default": "EUR"}), "In context=('properties', 'c'), 'default' is not permitted."),
        (
            record() | {"additionalProperties": True},
            "In context=(), 'additionalProperties' is required to be supplied and to be false.",
        ),
        (record(a={"type": "string"}) | {"required": []}, "Missing 'a'."),
        (record(a={"type": "string"}) | {"required": ["a", "b"]}, "Extra required key 'b' supplied."),
        (record(a={"type": "array"}), "array schema missing items."),
        (record(a={}), "schema must have a 'type' key."),
        (record(a={"oneOf": [{"type": "string"}]}), "'oneOf' is not permitted."),
        (record(a={"type": "string", "format": "uri"}), "'uri' is not a valid format."),
        (record(a={"type": "array", "items": record(b={"type": "string"}) | {"required": []}}), "Missing 'b'."),
        (
            record(a={"$ref": "#/$defs/A", "description": "x"}) | {"$defs": {"A": {"type": "string"}}},
            "'$ref' cannot have keywords {'description'}.",
        ),
        (
            {"type": "array", "items": {"type": "string"}},
            "schema must be a JSON Schema of 'type: \"object\"', got 'type: \"array\"'.",
        ),
    ],
)
def test_schemas_that_openai_refuses_are_refused(openai, schema, problem):
    with pytest.raises(sdk.BadRequestError) as caught:
        raw(openai, strict(schema))
    assert caught.value.message.count("Invalid schema for response_format 'R': ") == 1
    assert problem in caught.value.message
    assert caught.value.param == "response_format"


def test_a_default_in_a_pydantic_model_is_caught(openai):
    class WithDefault(BaseModel):
        currency: str = "EUR"

    with pytest.raises(sdk.BadRequestError, match="'default' is not permitted"):
        ask(openai, form=WithDefault)


def test_nesting_deeper_than_ten_is_refused_and_ten_is_not():
    def nested(depth):
        return record(a=nested(depth - 1)) if depth else {"type": "string"}

    assert refusal(strict(nested(10))) is None
    assert "nesting depth" in refusal(strict(nested(11)))


def test_without_strict_any_schema_passes(openai):
    assert raw(openai, {"type": "json_schema", "json_schema": {"name": "R", "schema": {"type": "object"}}}).id


def test_a_wrong_key_is_a_401(sandbox):
    client = sdk.OpenAI(api_key="sk-wrong", base_url=f"{sandbox.base_url}/openai/v1", max_retries=0)
    with pytest.raises(sdk.AuthenticationError) as caught:
        client.models.list()
    assert caught.value.code == "invalid_api_key"


def test_an_unknown_model_is_a_404_with_a_request_id(openai):
    with pytest.raises(sdk.NotFoundError) as caught:
        ask(openai, model="gpt-4.1-nano")
    assert caught.value.code == "model_not_found"
    assert caught.value.request_id.startswith("req_")


@pytest.mark.parametrize("more", [{"temperature": 0}, {"max_tokens": 10}, {"reasoning_effort": "lots"}])
def test_parameters_that_a_reasoning_model_does_not_take(openai, more):
    with pytest.raises(sdk.BadRequestError):
        ask(openai, **more)


def test_a_model_that_may_think_bills_for_it(openai):
    assert ask(openai, reasoning_effort="medium").usage.completion_tokens_details.reasoning_tokens == 512


def test_bytes_that_are_no_picture(openai):
    with pytest.raises(sdk.BadRequestError) as caught:
        ask(openai, b"not a picture")
    assert caught.value.code == "image_parse_error"


def test_a_refusal(openai, control):
    control.fault("openai", "chat.completions", "refusal", calls=1)
    message = ask(openai, b"never read").choices[0].message
    assert (message.parsed, bool(message.refusal)) == (None, True)


@pytest.mark.parametrize(
    ("kind", "error"),
    [
        ("length", sdk.LengthFinishReasonError),
        ("content_filter", sdk.ContentFilterFinishReasonError),
        ("invent", ValidationError),
        ("not_json", ValidationError),
    ],
)
def test_answers_that_the_library_raises_on(openai, control, kind, error):
    control.fault("openai", "chat.completions", kind, calls=1)
    with pytest.raises(error):
        ask(openai)


def test_too_few_tokens_cut_the_answer(openai):
    with pytest.raises(sdk.LengthFinishReasonError):
        ask(openai, max_completion_tokens=5)


def test_a_fixed_answer(openai, control):
    body = '{"is_receipt":true,"merchant":"X","issued_on":null,"total":"9999.00","lines":[]}'
    control.fault("openai", "chat.completions", "answer", body=body)
    assert ask(openai, b"whatever").choices[0].message.parsed.total == "9999.00"


def test_an_exhausted_quota_and_a_rate_limit_have_different_codes(openai, control):
    for code in ("insufficient_quota", "rate_limit_exceeded"):
        control.fault("openai", "chat.completions", "error", code=code, calls=1)
        with pytest.raises(sdk.RateLimitError) as caught:
            ask(openai)
        assert caught.value.code == code


def test_what_is_not_known_is_null_or_empty_in_any_schema():
    schema = record(
        total={"type": ["number", "null"]},
        count={"type": "integer"},
        tags={"type": "array", "items": {"type": "string"}},
        mood={"enum": ["good", "bad"], "type": "string"},
        inner={"anyOf": [record(x={"type": "boolean"}), {"type": "null"}]},
    )
    assert fill(schema, {}) == {"total": None, "count": 0, "tags": [], "mood": "good", "inner": None}
    assert fill(schema, {"total": 3, "mood": "bad", "inner": {"x": True}})["inner"] == {"x": True}
