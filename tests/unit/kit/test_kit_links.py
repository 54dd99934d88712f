"""Links from messages into Kestra."""

import pytest

from kit import links, task

CTX = task.Context(execution_id="e1", flow_id="whatsapp_ticket_process", namespace="opsflows.tickets")
URI = "kestra:///opsflows/tickets/whatsapp-ticket-process/executions/e0/tasks/publish-ticket/t1/a b&c-ticket.pdf"


@pytest.fixture(autouse=True)
def _address(monkeypatch):
    monkeypatch.setenv("OPSFLOWS_KESTRA_PUBLIC_URL", "https://kestra.example")


@pytest.fixture
def no_address(monkeypatch):
    monkeypatch.delenv("OPSFLOWS_KESTRA_PUBLIC_URL")


def test_the_page_of_an_execution():
    assert links.execution(CTX) == (
        "https://kestra.example/ui/main/executions/opsflows.tickets/whatsapp_ticket_process/e1"
    )


def test_a_file_is_downloaded_from_the_execution_that_wrote_it():
    assert links.file(URI, CTX).startswith("https://kestra.example/api/v1/main/executions/e0/file?path=kestra%3A%2F%2F")


def test_nothing_in_a_file_s_name_changes_the_link():
    path = links.file(URI, CTX).partition("?path=")[2]
    assert path.endswith("a%20b%26c-ticket.pdf")
    assert not set(path) & set("&/ <>|")


def test_a_file_whose_owner_is_not_told_belongs_to_this_execution():
    assert "/executions/e1/file" in links.file("kestra:///elsewhere/ticket.pdf", CTX)


@pytest.mark.parametrize("uri", [None, ""])
def test_no_file_no_link(uri):
    assert links.file(uri, CTX) is None


@pytest.mark.usefixtures("no_address")
def test_without_a_public_address_there_are_no_links():
    assert links.execution(CTX) is None
    assert links.file(URI, CTX) is None


def test_the_address_of_the_server_serves_where_no_public_one_is_set(monkeypatch, no_address):  # noqa: ARG001 - it unsets
    monkeypatch.setenv("OPSFLOWS_KESTRA_URL", "http://127.0.0.1:8080/")
    assert links.execution(CTX).startswith("http://127.0.0.1:8080/ui/main/")
