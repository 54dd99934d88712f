"""The properties API: definitions and groups."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from pydantic import ValidationError

from local.providers.answers import Answer, as_json
from local.providers.hubspot import errors, values
from local.providers.hubspot.state import PART, Definition, HubSpotState

if TYPE_CHECKING:
    from local.providers.world import World

_NAME = re.compile(r"[a-z][a-z0-9_]{0,99}")
_UNIQUE_MOST = 10
_FIELDS = {
    "string": {"text", "textarea", "phonenumber", "html", "file"},
    "number": {"number"},
    "date": {"date"},
    "datetime": {"date"},
    "enumeration": {"select", "radio", "checkbox", "booleancheckbox"},
    "bool": {"booleancheckbox"},
}


class Definitions:
    """What one may do with definitions."""

    def __init__(self, world: World) -> None:
        """For one sandbox."""
        self._world = world

    @property
    def _state(self) -> HubSpotState:
        return self._world.store.part(PART, HubSpotState)

    def listed(self) -> Answer:
        """All of them."""
        return as_json(200, {"results": [shown(one) for one in self._state.definitions.values()]})

    def get(self, name: str) -> Answer:
        """One."""
        return as_json(200, shown(self._known(name)))

    def create(self, body: dict[str, Any]) -> Answer:
        """Make one."""
        name = str(body.get("name", ""))
        if name in self._state.definitions:
            said = f"A property named '{name}' already exists."
            raise errors.Refused(said, 409, "OBJECT_ALREADY_EXISTS", subCategory="Properties.PROPERTY_EXISTS")
        if not _NAME.fullmatch(name):
            raise errors.Refused(
                f"The name {name!r} may hold lower-case letters, digits and _ and begins with a letter."
            )
        made = self._valid({**body, "created": self._world.clock.now()})
        if made.hasUniqueValue and len(self._state.unique_names()) > _UNIQUE_MOST:
            raise errors.Refused(f"No more than {_UNIQUE_MOST} properties may have unique values.")
        self._state.definitions[name] = made
        self._world.store.touch(PART)
        return as_json(201, shown(made))

    def update(self, name: str, body: dict[str, Any]) -> Answer:
        """Change label, options or group; name, and whether values are unique, stay."""
        known = self._known(name)
        made = self._valid({**known.model_dump(), **body, "name": name, "hasUniqueValue": known.hasUniqueValue})
        self._state.definitions[name] = made
        self._world.store.touch(PART)
        return as_json(200, shown(made))

    def archive(self, name: str) -> Answer:
        """Remove one; HubSpot's own stay."""
        if self._known(name).hubspotDefined:
            raise errors.Refused(f"The property {name} cannot be archived.")
        del self._state.definitions[name]
        self._world.store.touch(PART)
        return Answer(204, b"")

    def groups(self) -> Answer:
        """The groups."""
        found = [{"name": name, "label": label, "archived": False} for name, label in self._state.groups.items()]
        return as_json(200, {"results": found})

    def create_group(self, body: dict[str, Any]) -> Answer:
        """Make a group."""
        name = str(body.get("name", ""))
        if name in self._state.groups:
            raise errors.Refused(f"A property group named '{name}' already exists.", 409, "OBJECT_ALREADY_EXISTS")
        if not _NAME.fullmatch(name):
            raise errors.Refused(f"The name {name!r} is not valid.")
        self._state.groups[name] = str(body.get("label") or name)
        self._world.store.touch(PART)
        return as_json(201, {"name": name, "label": self._state.groups[name], "archived": False})

    def _known(self, name: str) -> Definition:
        if name not in self._state.definitions:
            raise errors.gone()
        return self._state.definitions[name]

    def _valid(self, data: dict[str, Any]) -> Definition:
        try:
            made = Definition.model_validate(data)
        except ValidationError as error:
            fields = ", ".join(str(one["loc"][0]) for one in error.errors())
            raise errors.Refused(f"Invalid input JSON: {fields}") from error
        if made.fieldType not in _FIELDS[made.type]:
            raise errors.Refused(f"Invalid fieldType {made.fieldType} for the type {made.type}.")
        if made.groupName not in self._state.groups:
            raise errors.Refused(f"The property group {made.groupName} does not exist.")
        if made.hasUniqueValue and made.type not in {"string", "number"}:
            raise errors.Refused("Only text and number properties may have unique values.")
        return made


def shown(definition: Definition) -> dict[str, Any]:
    """A definition as the API answers it."""
    body = definition.model_dump(exclude={"created", "readOnly"})
    at = values.iso(definition.created * 1000)
    return body | {
        "archived": False,
        "calculated": False,
        "externalOptions": False,
        "createdAt": at,
        "updatedAt": at,
        "modificationMetadata": {
            "archivable": not definition.hubspotDefined,
            "readOnlyDefinition": definition.hubspotDefined,
            "readOnlyValue": definition.readOnly,
        },
    }
