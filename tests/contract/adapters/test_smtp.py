"""Mails against real mail servers (aiosmtpd) that take, refuse, secure, hang up, and fall silent."""

import inspect
import smtplib
import socket
import ssl
import threading
import time
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from types import SimpleNamespace

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult

from adapters import smtp
from adapters.smtp import client
from adapters.smtp import errors as smtp_errors
from kit import errors
from local.certificate import make_certificate

MAIL = smtp.Mail(
    sender="alerts@opsflows.example",
    to=("data@opsflows.example", "night@opsflows.example"),
    subject="Avería: ¡ñandú!",
    text="línea\n.\n..dos puntos\n",
    message_id="a1@opsflows.example",
    at=datetime(2026, 11, 20, tzinfo=UTC),
)


class Sink:
    """Keeps mails; answers what it is told to."""

    def __init__(self, data="250 Ok", rcpt=None):
        self.data, self.rcpt, self.mails = data, rcpt or {}, []

    async def handle_RCPT(self, server, session, envelope, address, options):  # noqa: ARG002, N802 - aiosmtpd's form
        if answer := self.rcpt.get(address):
            return answer
        envelope.rcpt_tos.append(address)
        return "250 Ok"

    async def handle_DATA(self, server, session, envelope):  # noqa: ARG002, N802 - same
        self.mails.append((envelope.mail_from, envelope.rcpt_tos, envelope.content))
        return self.data


@contextmanager
def listening(env, sink, **options):
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    controller = Controller(sink, hostname="127.0.0.1", port=port, ready_timeout=30, **options)
    controller.start()
    try:
        yield env.model_copy(update={"smtp_host": "127.0.0.1", "smtp_port": port, "smtp_security": "none"})
    finally:
        controller.stop()


@contextmanager
def speaking(env, *lines, then="close"):
    """A server that says a line after each of ours, and then closes or falls silent."""
    listener = socket.create_server(("127.0.0.1", 0))
    ended = threading.Event()

    def serve():
        connection, _ = listener.accept()
        with connection:
            reader = connection.makefile("rb")
            for number, line in enumerate(lines):
                if number:
                    reader.readline()
                connection.sendall(line + b"\r\n")
            reader.readline()
            if then == "silence":
                ended.wait(20)

    thread = threading.Thread(target=serve, daemon=True)
    thread.start()
    port = listener.getsockname()[1]
    yield env.model_copy(update={"smtp_host": "127.0.0.1", "smtp_port": port, "smtp_security": "none"})
    ended.set()
    listener.close()


UP_TO_DATA = (b"220 hello", b"250 hi", b"250 sender", b"250 one", b"250 two", b"354 go on")


def test_a_mail_arrives_as_it_was_written(env):
    sink = Sink()
    with listening(env, sink) as config:
        assert smtp.send(MAIL, settings=config) == {}
    [(sender, recipients, content)] = sink.mails
    assert sender == "alerts@opsflows.example"
    assert recipients == list(MAIL.to)
    assert content.isascii()
    message = content.decode()
    assert "Message-ID: <a1@opsflows.example>" in message
    assert "Auto-Submitted: auto-generated" in message
    assert "\r\n.\r\n" in message.replace("=2E", ".") or "Content-Transfer-Encoding: base64" in message


def test_the_sandbox_takes_it_too(env, sandbox):
    smtp.send(MAIL, settings=env)
    [mail] = sandbox.mails()
    assert mail["subject"] == MAIL.subject
    assert mail["text"].replace("\r\n", "\n") == MAIL.text
    assert mail["message_id"] == "<a1@opsflows.example>"


@pytest.mark.parametrize(
    ("answer", "kind"),
    [
        ("451 4.3.0 Later", errors.UnavailableError),
        ("452 4.2.2 Full", errors.UnavailableError),
        ("421 4.7.0 Busy", errors.UnavailableError),
        ("550 5.7.1 No", errors.NotFoundError),
        ("552 5.3.4 Too big", errors.InvalidRequestError),
        ("554 5.7.1 Spam", errors.InvalidRequestError),
        ("535 5.7.8 Who", errors.AuthenticationError),
    ],
)
def test_the_code_decides_what_is_done(env, answer, kind):
    with listening(env, Sink(data=answer)) as config, pytest.raises(kind) as raised:
        smtp.send(MAIL, settings=config)
    assert raised.value.details["smtp_code"] == int(answer[:3])
    assert raised.value.next_action


def test_one_recipient_refused_does_not_keep_it_from_the_others(env):
    sink = Sink(rcpt={"night@opsflows.example": "550 5.1.1 Unknown"})
    with listening(env, sink) as config:
        refused = smtp.send(MAIL, settings=config)
    assert list(refused) == ["night@opsflows.example"]
    assert sink.mails[0][1] == ["data@opsflows.example"]


@pytest.mark.parametrize(("code", "kind"), [("550", errors.NotFoundError), ("450", errors.UnavailableError)])
def test_all_recipients_refused(env, code, kind):
    sink = Sink(rcpt=dict.fromkeys(MAIL.to, f"{code} no"))
    with listening(env, sink) as config, pytest.raises(kind):
        smtp.send(MAIL, settings=config)
    assert sink.mails == []


@pytest.mark.parametrize("then", ["close", "silence"])
def test_no_answer_after_the_mail_was_given_leaves_it_in_doubt(env, then):
    with speaking(env, *UP_TO_DATA, then=then) as config, pytest.raises(errors.UncertainError):
        smtp.send(MAIL, settings=config, total_s=3.0)


@pytest.mark.parametrize("said", range(len(UP_TO_DATA) - 1))
def test_a_server_that_hangs_up_before_it_was_given_leaves_no_doubt(env, said):
    with speaking(env, *UP_TO_DATA[:said]) as config, pytest.raises(errors.TransientError):
        smtp.send(MAIL, settings=config, total_s=5.0)


@pytest.mark.parametrize("said", [0, 1, 3])
def test_silence_ends_in_time(env, said):
    started = time.monotonic()
    with speaking(env, *UP_TO_DATA[:said], then="silence") as config, pytest.raises(errors.DeadlineError):
        smtp.send(MAIL, settings=config, total_s=0.5)
    assert time.monotonic() - started < 5


@pytest.mark.parametrize("said", [1, 3])
def test_a_read_whose_own_time_out_comes_before_a_late_timer_is_the_deadline_too(env, monkeypatch, said):
    monkeypatch.setattr(client, "threading", SimpleNamespace(Timer=lambda _late, call: threading.Timer(60, call)))
    with speaking(env, *UP_TO_DATA[:said], then="silence") as config, pytest.raises(errors.DeadlineError):
        smtp.send(MAIL, settings=config, total_s=0.2)


def test_a_greeting_that_drips_is_cut_off_by_the_deadline(env):
    listener = socket.create_server(("127.0.0.1", 0))
    stop = threading.Event()

    def drip():
        connection, _ = listener.accept()
        with connection:
            while not stop.wait(0.05):
                try:
                    connection.sendall(b"2")
                except OSError:
                    return

    threading.Thread(target=drip, daemon=True).start()
    config = env.model_copy(update={"smtp_port": listener.getsockname()[1]})
    with pytest.raises(errors.TransientError):
        smtp.send(MAIL, settings=config, total_s=0.6)
    stop.set()
    listener.close()


def test_nobody_there(env):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    with pytest.raises(errors.ConnectError):
        smtp.send(MAIL, settings=env.model_copy(update={"smtp_port": port}))


@pytest.fixture
def certificate(tmp_path, monkeypatch):
    make_certificate(tmp_path, "localhost")
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "fullchain.pem"))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(tmp_path / "fullchain.pem", tmp_path / "privkey.pem")
    return context


@pytest.mark.parametrize("security", ["starttls", "tls"])
def test_with_tls_and_a_password(env, certificate, security, monkeypatch):
    monkeypatch.setenv("SMTP_PASSWORD", "correct horse battery")
    seen = []

    def check(server, session, envelope, mechanism, data):  # noqa: ARG001 - aiosmtpd's form
        seen.append((data.login, data.password))
        good = data.password == b"correct horse battery"
        return AuthResult(success=good, handled=False)

    sink = Sink()
    options = {"ssl_context": certificate} if security == "tls" else {"tls_context": certificate}
    more = {"authenticator": check, "auth_required": True, "auth_require_tls": security == "starttls"}
    with listening(env, sink, **options, **more) as base:
        config = base.model_copy(update={"smtp_security": security, "smtp_username": "opsflows"})
        smtp.send(MAIL, settings=config)
        monkeypatch.setenv("SMTP_PASSWORD", "wrong password")
        with pytest.raises(errors.AuthenticationError) as raised:
            smtp.send(MAIL, settings=config)
    assert seen[0] == (b"opsflows", b"correct horse battery")
    assert len(sink.mails) == 1
    assert "wrong password" not in str(raised.value) + str(raised.value.details)


def test_a_certificate_of_somebody_else_is_not_trusted(env, tmp_path):
    make_certificate(tmp_path, "localhost")
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(tmp_path / "fullchain.pem", tmp_path / "privkey.pem")
    sink = Sink()
    with listening(env, sink, tls_context=context) as base, pytest.raises(errors.OpsflowsError):
        smtp.send(MAIL, settings=base.model_copy(update={"smtp_security": "starttls"}))
    assert sink.mails == []


def test_a_server_without_starttls_gets_nothing(env):
    sink = Sink()
    with listening(env, sink) as base, pytest.raises(errors.TerminalError):
        smtp.send(MAIL, settings=base.model_copy(update={"smtp_security": "starttls"}))
    assert sink.mails == []


def test_a_server_elsewhere_without_tls_is_refused(env):
    config = env.model_copy(update={"smtp_host": "mail.example.com", "smtp_security": "none"})
    with pytest.raises(errors.ConfigurationError, match="starttls"):
        smtp.send(MAIL, settings=config)


@pytest.mark.parametrize(
    "change",
    [
        {"subject": "hola\r\nBcc: all@example.com"},
        {"subject": "hola\nX: y"},
        {"subject": "hola\u2028X: y"},
        {"subject": "hola\x85X: y"},
        {"sender": "a@b.example\r\nRCPT TO:<x@y.example>"},
        {"to": ("a@b.example\n.\nMAIL FROM:<x@y.example>",)},
        {"to": ("nobody",)},
        {"to": ("two words@b.example",)},
        {"message_id": "a>\r\nX: y"},
        {"replies_to": "a\nb"},
        {"headers": {"X-Test": "a\r\nb"}},
    ],
)
def test_no_header_grows_out_of_data(env, sandbox, change):
    with pytest.raises(errors.RefusedInputError):
        smtp.send(replace(MAIL, **change), settings=env)
    assert sandbox.mails() == []


FOREIGN = [kind for _, kind in inspect.getmembers(smtplib, inspect.isclass) if issubclass(kind, smtplib.SMTPException)]


@pytest.mark.parametrize(
    "kind", [*FOREIGN, OSError, TimeoutError, ssl.SSLError, ValueError], ids=lambda kind: kind.__name__
)
@pytest.mark.parametrize("given", [False, True])
def test_no_exception_of_smtplib_leaks(env, monkeypatch, kind, given):
    made = kind.__new__(kind)
    made.args, made.smtp_code, made.smtp_error = ("x",), 450, b"later"

    def fail(self, *_):
        self.given = given
        raise made

    monkeypatch.setattr(client._Conversation, "give", fail)
    with pytest.raises(errors.OpsflowsError) as raised:
        smtp.send(MAIL, settings=env)
    assert raised.value.provider == "smtp"
    assert raised.value.__cause__ is made


def test_the_words_of_a_server_are_redacted():
    error = smtp_errors.from_code(550, b"no such user ana.lopez@example.com")
    assert "ana.lopez" not in str(error) + str(error.details)
