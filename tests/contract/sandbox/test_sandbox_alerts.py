"""The sandbox's mail server and PagerDuty: what they take is kept, refused as set, shown on the page, and forgotten."""

import smtplib
from email.message import EmailMessage

import pytest
import requests


@pytest.fixture
def send(sandbox):
    def give(to="data@opsflows.example"):
        message = EmailMessage()
        message["From"], message["To"], message["Subject"] = "a@opsflows.example", to, "Avería"
        message["Message-ID"] = "<m1@opsflows.example>"
        message.set_content("línea")
        with smtplib.SMTP("127.0.0.1", sandbox.credentials.smtp_port, timeout=10) as smtp:
            return smtp.send_message(message)

    return give


@pytest.fixture
def enqueue(sandbox):
    def post(action="trigger", key="k1", **more):
        payload = {"summary": "down", "source": "s", "severity": "critical"}
        body = {"routing_key": sandbox.credentials.pagerduty_routing_key, "event_action": action, "dedup_key": key}
        return requests.post(
            f"{sandbox.base_url}/pagerduty/v2/enqueue", json={**body, "payload": payload, **more}, timeout=10
        )

    return post


def test_a_mail_is_kept_and_shown(send, control, sandbox):
    send()
    [mail] = control.mails()
    assert (mail["subject"], mail["text"].strip(), mail["recipients"]) == ("Avería", "línea", ["data@opsflows.example"])
    view = requests.get(f"{sandbox.base_url}/_sandbox/view", timeout=10).json()
    assert (view["counts"]["mails"], view["mails"][0]["subject"]) == (1, "Avería")
    control.reset()
    assert control.mails() == []


def test_a_mail_is_refused_as_set(send, control):
    control.configure(mail={"answer": "451 4.3.0 Later"})
    with pytest.raises(smtplib.SMTPDataError):
        send()
    control.configure(mail={"answer": "", "refused": ["nobody@opsflows.example"]})
    with pytest.raises(smtplib.SMTPRecipientsRefused):
        send("nobody@opsflows.example")
    assert control.mails() == []


def test_an_incident_is_kept_changed_and_shown(enqueue, control, sandbox):
    answer = enqueue()
    assert (answer.status_code, answer.json()["dedup_key"]) == (202, "k1")
    enqueue("acknowledge")
    [incident] = control.incidents()
    assert (incident["status"], len(incident["events"])) == ("acknowledged", 2)
    view = requests.get(f"{sandbox.base_url}/_sandbox/view", timeout=10).json()
    assert (view["counts"]["incidents"], view["incidents"][0]["status"]) == (1, "acknowledged")


@pytest.mark.parametrize(
    "wrong",
    [
        {"routing_key": "x"},
        {"event_action": "open"},
        {"payload": {"summary": "x", "source": "y", "severity": "loud"}},
        {"payload": {"source": "y", "severity": "info"}},
        {"payload": None},
    ],
)
def test_a_wrong_event_is_refused(enqueue, control, wrong):
    answer = enqueue(**wrong)
    assert (answer.status_code, answer.json()["status"]) == (400, "invalid event")
    assert control.incidents() == []


def test_an_incident_does_not_show_the_key_that_opened_it(enqueue, control, sandbox):
    enqueue(key="shown").raise_for_status()
    assert "shown" in str(control.incidents())
    assert sandbox.credentials.pagerduty_routing_key not in str(control.incidents())
