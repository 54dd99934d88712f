"""Task: create in HubSpot the properties that the map defines and the portal lacks; what is there is only compared."""

from collections.abc import Mapping
from typing import Any

from adapters import hubspot
from kit import settings, task
from kit.errors import ConflictError, NotFoundError
from leads import mapping

# What cannot be changed later, and what a difference in would spoil.
COMPARED = ("type", "hasUniqueValue")


class Inputs(task.TaskInputs):
    """Whether only to say what is missing."""

    dry_run: bool = False


def run(inputs: Inputs, ctx: task.Context) -> dict[str, Any]:
    """Compare and create; running it again changes nothing.

    Returns:
        `created` (with `dry_run`: what would be), `present` and `different` (`name: what`), as lists of properties.
    """
    portal = hubspot.Client(settings.get())
    found: dict[str, list[str]] = {"created": [], "present": [], "different": []}
    for name, definition in wanted().items():
        kind, text = _property(portal, name, definition, dry_run=inputs.dry_run)
        found[kind].append(text)
    ctx.counter("properties_created", len(found["created"]), dry_run=str(inputs.dry_run).lower())
    return found


def wanted() -> dict[str, Mapping[str, Any]]:
    """The definitions of the map, and of the property of `hubspot_update_estado_interes`."""
    mapped = mapping.load()
    defined: dict[str, Mapping[str, Any]] = {
        item.property: item.define for item in mapped.properties if item.define is not None
    }
    if mapped.interest is not None:
        defined[settings.get().hubspot_interest_property] = mapped.interest
    return defined


def _property(portal: hubspot.Client, name: str, definition: Mapping[str, Any], *, dry_run: bool) -> tuple[str, str]:
    try:
        there = portal.property(name)
    except NotFoundError:
        if not dry_run:
            try:
                portal.create_property({"name": name, **definition})
            except ConflictError:
                return "present", name  # another run made it meanwhile
        return "created", name
    wrong = [part for part in COMPARED if there.get(part, False) != definition.get(part, False)]
    return ("different", f"{name}: {', '.join(wrong)}") if wrong else ("present", name)


if __name__ == "__main__":
    task.main(Inputs, run)
