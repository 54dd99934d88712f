"""Links that people follow from a message into Kestra."""

import re
from urllib.parse import quote

from kit import settings, task

EXECUTION_OF_FILE = re.compile(r"/executions/([^/]+)/")


def execution(ctx: task.Context) -> str | None:
    """The page of this execution, or None where no public address of Kestra is set."""
    return execution_of(ctx.execution_id, ctx.flow_id, ctx.namespace)


def execution_of(execution_id: str | None, flow_id: str, namespace: str) -> str | None:
    """The page of an execution, or None for none and where no public address of Kestra is set."""
    base = settings.get().public_url
    return f"{base}/ui/main/executions/{namespace}/{flow_id}/{execution_id}" if base and execution_id else None


def file(uri: str | None, ctx: task.Context) -> str | None:
    """The download of a file in internal storage; the execution that wrote it is part of its URI."""
    return download(uri, owner(uri) or ctx.execution_id) if uri else None


def download(uri: str, execution_id: str | None) -> str | None:
    """The download of a file in internal storage; None where no public address of Kestra is set."""
    base = settings.get().public_url
    if not base or not execution_id:
        return None
    return f"{base}/api/v1/main/executions/{execution_id}/file?path={quote(uri, safe='')}"


def owner(uri: str) -> str | None:
    """The execution that wrote a file of internal storage, or None for a file of another kind."""
    found = EXECUTION_OF_FILE.search(uri)
    return found[1] if found else None
