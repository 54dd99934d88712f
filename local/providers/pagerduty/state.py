"""The incidents of a service, by the key that events name them with."""

from __future__ import annotations

from typing import Any, Final, Literal

from pydantic import BaseModel, Field

PART: Final = "pagerduty"
Action = Literal["trigger", "acknowledge", "resolve"]
_STATUS: Final = {"trigger": "triggered", "acknowledge": "acknowledged", "resolve": "resolved"}


class Incident(BaseModel):
    """One incident, and every event that it was told by."""

    number: int
    dedup_key: str
    status: str
    summary: str = ""
    severity: str = ""
    at: float
    events: list[dict[str, Any]] = Field(default_factory=list)


class PagerDutyState(BaseModel):
    """The whole part, the oldest first."""

    incidents: list[Incident] = Field(default_factory=list)

    def take(self, event: dict[str, Any], key: str, now: float) -> Incident | None:
        """Apply an event; one that ends or acknowledges what is not open changes nothing."""
        action = event["event_action"]
        found = next((one for one in self.incidents if one.dedup_key == key and one.status != "resolved"), None)
        if found is None and action == "trigger":
            found = Incident(number=len(self.incidents) + 1, dedup_key=key, status="triggered", at=now)
            self.incidents.append(found)
        if found is None:
            return None
        # What comes with an incident is shown to people; the key that let it in is not, as at PagerDuty.
        found.events.append({name: value for name, value in event.items() if name != "routing_key"})
        if action != "trigger":
            found.status = _STATUS[action]
        else:
            payload = event.get("payload") or {}
            found.summary, found.severity = str(payload.get("summary", "")), str(payload.get("severity", ""))
        return found
