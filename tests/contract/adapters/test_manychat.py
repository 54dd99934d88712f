"""ManyChat's adapter against the sandbox: the body's status decides as well as HTTP's."""

import pytest

from adapters import manychat
from kit import errors

ANA = {"first_name": "Ana", "email": "ana@ejemplo.es", "phone": "+34600111222"}
TEXT = [{"type": "text", "text": "Gracias"}]


@pytest.fixture
def page(env, quick):
    return manychat.Client(env, policy=quick)


@pytest.fixture
def ana(sandbox):
    [found] = sandbox.manychat.seed(ANA)
    return found


def test_a_subscriber_is_looked_up_and_found(page, ana):
    assert page.info(ana)["email"] == "ana@ejemplo.es"
    assert page.find(email="ANA@ejemplo.es")["id"] == page.find(phone="+34600111222")["id"] == ana
    assert page.page()["name"] == "Peñalara"


@pytest.mark.parametrize("with_200", [False, True])
def test_an_unknown_subscriber_is_not_found_whatever_the_http_status(page, sandbox, with_200):
    sandbox.configure(manychat={"errors_with_200": with_200})
    with pytest.raises(errors.NotFoundError) as raised:
        page.info("1")
    assert (raised.value.code, raised.value.details["manychat_code"]) == ("manychat_not_found", 2011)
    with pytest.raises(errors.NotFoundError):
        page.find(email="nobody@ejemplo.es")
    with pytest.raises(errors.InvalidRequestError):
        page.find()
    assert len(sandbox.calls("manychat", "getInfo")) == 1


def test_fields_and_tags_are_written_once_however_often(page, sandbox, ana):
    for _ in range(2):
        page.set_fields(ana, {"crm_id": "151", "utm_source": "ig"})
        page.add_tag(ana, "synced")
    page.set_fields(ana, {})
    found = sandbox.manychat.subscriber(ana)
    assert (found["custom_fields"], found["tags"]) == ({"crm_id": "151", "utm_source": "ig"}, ["synced"])


@pytest.mark.parametrize("with_200", [False, True])
def test_fields_that_the_page_lacks_are_refused_and_named(page, sandbox, ana, with_200):
    sandbox.configure(manychat={"errors_with_200": with_200})
    with pytest.raises(errors.InvalidRequestError) as raised:
        page.set_fields(ana, {"crm_id": "1", "nope": "2"})
    assert raised.value.details["reasons"] == ["Field not found: nope"]
    with pytest.raises(errors.InvalidRequestError):
        page.add_tag(ana, "nope")
    with pytest.raises(errors.InvalidRequestError) as too_many:
        page.set_fields(ana, {f"f{n}": "" for n in range(21)})
    assert too_many.value.code == "manychat_request"
    assert sandbox.manychat.subscriber(ana)["custom_fields"] == {}


def test_messages_need_a_tag_after_a_day(page, sandbox, ana):
    page.send(ana, TEXT)
    sandbox.advance(24 * 3600 + 1)
    with pytest.raises(errors.InvalidRequestError) as raised:
        page.send(ana, TEXT)
    assert raised.value.code == "manychat_window_closed"
    page.send(ana, TEXT, message_tag="ACCOUNT_UPDATE")
    sandbox.manychat.say(ana, "hola")
    page.send(ana, TEXT)
    with pytest.raises(errors.InvalidRequestError) as refused:
        page.send(ana, [{"type": "text", "text": ""}])
    assert refused.value.code == "manychat_content"
    assert [one["message_tag"] for one in sandbox.manychat.sent(ana)] == [None, "ACCOUNT_UPDATE", None]


def test_a_token_of_another_page_is_refused(env, quick, ana):
    with pytest.raises(errors.AuthenticationError) as raised:
        manychat.Client(env, "1:another", policy=quick).info(ana)
    assert raised.value.code == "manychat_token"


def test_the_limit_of_a_second_is_met_and_waited_for(page, sandbox, ana):
    sandbox.fault("manychat", "getInfo", "status", status=429, retry_after=0.01, calls=1)
    assert page.info(ana)["id"] == ana
    refused = [call for call in sandbox.calls("manychat") if call["status"] == 429]
    assert len(refused) == 1


def test_a_message_without_an_answer_is_in_doubt_and_not_repeated(page, sandbox, ana):
    sandbox.fault("manychat", "sendContent", "reset", after_apply=True)
    with pytest.raises(errors.UncertainError):
        page.send(ana, TEXT)
    assert len(sandbox.manychat.sent(ana)) == 1
