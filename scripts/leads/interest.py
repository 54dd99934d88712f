"""Task: set how interested a contact is, to one of the options that the property has in HubSpot."""

import json
from typing import Any

from adapters import hubspot
from kit import db, i18n, secrets, settings, task, webhooks
from kit.errors import OpsflowsError, RefusedInputError
from leads import options, webhook

DONE = "Éxito"
# Our codes by what went wrong; docs/leads.md has the table.
CODES = {
    "hubspot_not_found": "CONTACTO_DESCONOCIDO",
    "not_found": "CONTACTO_DESCONOCIDO",
    "option_invalid": "OPCION_INVALIDA",
    "hubspot_properties": "OPCION_INVALIDA",
    "property_unknown": "PROPIEDAD_DESCONOCIDA",
    "bad_contact_id": "ENTRADA_INVALIDA",
    "hubspot_token": "NO_AUTORIZADO",
    "hubspot_scope": "NO_AUTORIZADO",
    "authentication": "NO_AUTORIZADO",
    "permission_denied": "NO_AUTORIZADO",
    "secret_missing": "NO_AUTORIZADO",
    "hubspot_rate_limited": "LIMITE",
    "rate_limited": "LIMITE",
    "hubspot_daily": "LIMITE",
    "quota_exhausted": "LIMITE",
}
ELSE = "NO_DISPONIBLE"


class Inputs(task.TaskInputs):
    """The contact and its new state; `headers` of a webhook, blank when a person or the API started the flow."""

    hubspot_contact_id: str
    nuevo_estado: str
    headers: str = ""


def run(inputs: Inputs, ctx: task.Context) -> dict[str, Any]:
    """Check and write; whatever goes wrong is the result, since whoever asks waits for it.

    Returns:
        `resultado`: `Éxito`, or `CÓDIGO: mensaje`.
    """
    try:
        _verify(inputs)
        _set(inputs.hubspot_contact_id.strip(), inputs.nuevo_estado.strip())
    except OpsflowsError as error:
        code = code_of(error)
        ctx.counter("interest_refused", 1, code=code)
        ctx.log.warning("interest.refused", code=error.code)
        return {"resultado": f"{code}: {_message(code, inputs)}", "outcome": error.outcome()}
    ctx.counter("interest_set", 1)
    return {"resultado": DONE}


def code_of(error: OpsflowsError) -> str:
    """The code that people and systems outside branch on."""
    return CODES.get(error.code) or CODES.get(type(error).default_code) or ELSE


def signed(contact_id: str, state: str) -> bytes:
    """What a post's signature is of: Kestra hands the flow the values, not the bytes that arrived."""
    return f"{contact_id}\n{state}".encode()


def _verify(inputs: Inputs) -> None:
    # A signature only: a secret in a header would stay in the execution for as long as it is kept.
    if inputs.headers:
        body, known = signed(inputs.hubspot_contact_id, inputs.nuevo_estado), secrets.live(webhook.SECRET)
        checked = webhooks.verify_sha256(body, json.loads(inputs.headers), known, webhook.SIGNATURE_HEADER)
        if not checked.ok:
            raise RefusedInputError("The post does not come from our ManyChat.", code="authentication")


def _set(contact_id: str, state: str) -> None:
    if not (contact_id.isascii() and contact_id.isdecimal()):
        raise RefusedInputError("HubSpot's ids are numbers.", code="bad_contact_id")
    name, portal = settings.get().hubspot_interest_property, hubspot.Client(settings.get())
    with db.connect() as conn:
        try:
            known = options.of(conn, portal, name, state)
        except OpsflowsError as error:
            if CODES.get(error.code) == "CONTACTO_DESCONOCIDO":
                raise RefusedInputError(f"There is no property {name}.", code="property_unknown") from error
            raise
    if state not in known:
        raise RefusedInputError(f"{name} has no option {state!r}.", code="option_invalid")
    portal.update(contact_id, {name: state})


def _message(code: str, inputs: Inputs) -> str:
    name = settings.get().hubspot_interest_property
    values = {"contact": inputs.hubspot_contact_id[:40], "state": inputs.nuevo_estado[:80], "property": name}
    return i18n.t(f"leads.interest.{code.lower()}", **values)


if __name__ == "__main__":
    task.main(Inputs, run)
