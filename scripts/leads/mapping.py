"""The map of properties: which field of ours is which property in HubSpot, and who may write it when.

namespace_files/config/hubspot_properties.json holds it; docs/leads.md explains each word.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from kit import configs, files

if TYPE_CHECKING:
    from collections.abc import Mapping

Mode = Literal["always", "if_empty", "on_create"]
Policy = Literal["newest", "hubspot", "ours"]
PATH = "config/hubspot_properties.json"


class Property(BaseModel):
    """One property of a contact.

    Attributes:
        property: its internal name in HubSpot.
        field: our field (`Lead.values`); None where `value` is the same for every lead.
        value: that value.
        mode: `always`; `if_empty`: a value that somebody else wrote stays; `on_create`: the first touch, never later.
        conflict: whose value counts when both sides changed it (the sync).
        translate: our value to HubSpot's, for options with other names.
        define: HubSpot's definition, for `hubspot_setup` to create; None for a property that HubSpot brings along.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    property: str = Field(pattern=r"^[a-z][a-z0-9_]{0,99}$")
    field: str | None = None
    value: str | None = None
    mode: Mode = "if_empty"
    conflict: Policy = "newest"
    translate: dict[str, str] = Field(default_factory=dict)
    define: dict[str, Any] | None = None

    @model_validator(mode="after")
    def _one_source(self) -> Self:
        if (self.field is None) == (self.value is None):
            raise ValueError("name either a field or a value")
        return self

    def outward(self, values: Mapping[str, str]) -> str | None:
        """What HubSpot should hold for a lead's values; None when the lead does not tell."""
        ours = self.value if self.field is None else values.get(self.field)
        return None if ours is None else self.translate.get(ours, ours)

    def inward(self, value: str) -> str:
        """Our value for one of HubSpot's."""
        return next((ours for ours, theirs in self.translate.items() if theirs == value), value)


class PropertyMap(BaseModel):
    """All properties; `identity` is the unique one that holds ManyChat's id.

    `stages` are the lifecycle stages in their order; `interest` defines the property of hubspot_update_estado_interes.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    identity: str = "manychat_id"
    stages: tuple[str, ...] = ()
    interest: dict[str, Any] | None = None
    properties: tuple[Property, ...]

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        for names in (self.names(), tuple(p.field for p in self.properties if p.field)):
            if len(set(names)) != len(names):
                raise ValueError("each property and each field may be there once")
        if not {"email", self.identity} <= set(self.names()):
            raise ValueError("e-mail and the identity must be mapped")
        return self

    def names(self) -> tuple[str, ...]:
        """The properties' internal names, in their order."""
        return tuple(item.property for item in self.properties)

    def of_field(self, field: str) -> Property | None:
        """The property of a field of ours, or None."""
        return next((item for item in self.properties if item.field == field), None)

    def of_property(self, name: str) -> Property | None:
        """The entry of one of HubSpot's properties, or None when it is not ours to care about."""
        return next((item for item in self.properties if item.property == name), None)

    def to_hubspot(self, values: Mapping[str, str]) -> dict[str, str]:
        """A lead's values as HubSpot's properties, whatever their modes."""
        made = {item.property: item.outward(values) for item in self.properties}
        return {name: value for name, value in made.items() if value is not None}

    def from_hubspot(self, properties: Mapping[str, Any]) -> dict[str, str]:
        """A contact's properties as our fields; what is empty there is absent here."""
        return {
            item.field: item.inward(str(value))
            for item in self.properties
            if item.field and (value := properties.get(item.property)) not in (None, "")
        }

    def first_touch(self) -> frozenset[str]:
        """Fields whose oldest value counts, not the newest."""
        return frozenset(item.field for item in self.properties if item.field and item.mode == "on_create")


def parse(text: str) -> PropertyMap:
    """Read a map of properties.

    Raises:
        ConfigurationError: it cannot be read; the message says where.
    """
    return configs.parse(PropertyMap, text, PATH, code="property_map")


@cache
def load() -> PropertyMap:
    """The map of this release."""
    return parse(files.read_text(PATH))
