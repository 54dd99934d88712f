"""The properties of contacts that a portal has from the start; those that this project meets, and some others."""

from __future__ import annotations

from typing import Any, Final

GROUPS: Final = {
    "contactinformation": "Contact information",
    "emailinformation": "Email information",
    "conversioninformation": "Conversion information",
    "analyticsinformation": "Web analytics history",
}
# Forward only, in this order.
STAGES: Final = (
    "subscriber",
    "lead",
    "marketingqualifiedlead",
    "salesqualifiedlead",
    "opportunity",
    "customer",
    "evangelist",
    "other",
)
LEAD_STATUSES: Final = (
    "NEW",
    "OPEN",
    "IN_PROGRESS",
    "OPEN_DEAL",
    "UNQUALIFIED",
    "ATTEMPTED_TO_CONTACT",
    "CONNECTED",
    "BAD_TIMING",
)
_LANGUAGES: Final = ("es", "es-mx", "es-es", "en", "en-us", "en-gb", "pt", "pt-br", "fr", "de", "it", "ca")
_TEXTS: Final = (
    "firstname lastname company jobtitle address city state zip country website"
    " hs_whatsapp_phone_number industry message salutation hs_additional_emails"
)


def _property(name: str, **more: Any) -> dict[str, Any]:
    return {"name": name, "label": name.replace("_", " ").capitalize(), **more}


def _choice(name: str, values: tuple[str, ...], **more: Any) -> dict[str, Any]:
    options = [
        {"label": value.replace("_", " ").capitalize(), "value": value, "displayOrder": order}
        for order, value in enumerate(values)
    ]
    return _property(name, type="enumeration", fieldType=more.pop("fieldType", "select"), options=options, **more)


def _read_only(name: str, kind: str, field: str) -> dict[str, Any]:
    return _property(name, type=kind, fieldType=field, readOnly=True, formField=False)


DEFAULTS: Final[tuple[dict[str, Any], ...]] = (
    _property("email", hasUniqueValue=True),
    *(_property(name) for name in _TEXTS.split()),
    _property("phone", fieldType="phonenumber"),
    _property("mobilephone", fieldType="phonenumber"),
    _property("numemployees", type="number", fieldType="number"),
    _choice("lifecyclestage", STAGES, fieldType="radio"),
    _choice("hs_lead_status", LEAD_STATUSES, fieldType="radio"),
    _choice("hs_language", _LANGUAGES),
    _choice(
        "hs_legal_basis",
        ("Legitimate interest - prospect/lead", "Freely given consent from contact"),
        fieldType="checkbox",
    ),
    _read_only("createdate", "datetime", "date"),
    _read_only("lastmodifieddate", "datetime", "date"),
    _read_only("hs_object_id", "number", "number"),
    _read_only("hs_analytics_source", "string", "text"),
    _read_only("hs_merged_object_ids", "string", "text"),
)
