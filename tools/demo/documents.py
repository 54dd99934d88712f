"""Puts the finished documents on the sandbox's page, where no password is asked for."""

from typing import Any

import requests

from kit import links
from tools.stack.stack import Stack


def show(stack: Stack, rows: list[dict[str, Any]]) -> int:
    """Copy each ticket's PDF from Kestra's storage to the page; returns how many there were."""
    made = [(row["ticket_id"], row["document_uri"]) for row in rows if row["document_uri"]]
    for ticket_id, uri in made:
        stack.providers.put_document(f"{ticket_id}.pdf", download(stack, uri), "application/pdf")
    return len(made)


def download(stack: Stack, uri: str) -> bytes:
    """A file of Kestra's internal storage."""
    owner = links.owner(uri)
    if owner is None:
        raise RuntimeError(f"{uri} belongs to no execution.")
    answer = requests.get(
        f"{stack.target.url}/api/v1/main/executions/{owner}/file",
        params={"path": uri},
        auth=(stack.target.username, stack.target.password),
        timeout=30,
    )
    answer.raise_for_status()
    return answer.content
