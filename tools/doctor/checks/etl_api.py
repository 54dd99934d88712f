"""The API that the ETL flows read from: whether it lets us in, and whether its lists have the contracts' columns.

Everything is read: one row of each list.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from etl.load import contract
from etl.sources import api, config, pages
from kit import http
from kit.errors import InvalidResponseError, RefusedInputError
from tools.doctor.model import Finding, absent, attention, ok
from tools.doctor.trouble import Advice, Trouble

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from tools.doctor.surroundings import Surroundings

NAME = "etl-api"
TITLE = "the API of the ETL flows"
ADVICE: Mapping[str, Advice] = {
    Trouble.AUTHENTICATION: Advice(
        "The API does not accept the token: {error}",
        "Get a new one from whoever runs the API, and put it into secrets/ETL_API_TOKEN.",
        "setup/etl-api.md#token-refused",
    ),
    Trouble.PERMISSION: Advice(
        "The token may not read the list: {error}",
        "Ask whoever runs the API to let it read the lists of namespace_files/config/sources.json.",
        "setup/etl-api.md#token-refused",
    ),
    Trouble.MISSING: Advice(
        "The API has no such list (404).",
        "Check OPSFLOWS_ETL_API_URL, and the path of the source in namespace_files/config/sources.json.",
        "setup/etl-api.md#no-such-list",
    ),
}


def examine(where: Surroundings) -> Iterator[Finding]:
    """Ask each list that a source names for one row."""
    url, token = where.settings.etl_api_url, where.secret(api.TOKEN)
    if not url:
        text = "OPSFLOWS_ETL_API_URL is not set: sources of the kind api are away."
        yield absent("address", text, "To read from an API, set it and its token.", "setup/etl-api.md")
        return
    if not token:
        text = f"{api.TOKEN} is not set: sources of the kind api are away."
        yield absent("token", text, f"Put the token into secrets/{api.TOKEN}.", "setup/etl-api.md")
        return
    headers = {"Authorization": f"Bearer {token}"}
    client = http.Client(api.PROVIDER, url, headers=headers, policy=where.policy())
    sources = {one.path: one for one in config.everything().values() if isinstance(one, config.Api)}
    for source in sources.values():
        yield _listed(source, _one_row(client, source))


def _one_row(client: http.Client, source: config.Api) -> list[dict[str, Any]]:
    body = client.request("GET", source.path, params={"limit": 1}).json()
    rows = body.get("data") if isinstance(body, dict) else None
    if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
        raise InvalidResponseError("the answer has no list of objects in data.", provider=api.PROVIDER)
    return rows


def _listed(source: config.Api, rows: list[dict[str, Any]]) -> Finding:
    if not rows:
        return ok("list", f"{source.path} answers, and has no row.")
    own = [source.key, *([source.window_column] if source.window_column else [])]
    try:
        pages.Reading(contract.read(source.dataset), source.key, own).check(rows)
    except RefusedInputError as error:
        action = f"Correct the API, or for a change that is meant the contract schemas/{source.dataset}.json."
        return attention("columns", f"{source.path}: {error.message}", action, "setup/etl-api.md#other-columns")
    return ok("list", f"{source.path} answers with the columns of the contract {source.dataset}.")
