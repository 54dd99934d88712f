"""Quotas a minute for reads and writes, by user and by project, refilled each minute."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

from local.providers.google.errors import GoogleError

if TYPE_CHECKING:
    from local.providers.config import GoogleConfig

Kind = Literal["read", "write"]
Scope = Literal["user", "project"]

_NAMES = {
    ("read", "user"): ("Read requests", "Read requests per minute per user", "ReadRequestsPerMinutePerUser"),
    ("read", "project"): ("Read requests", "Read requests per minute", "ReadRequestsPerMinutePerProject"),
    ("write", "user"): ("Write requests", "Write requests per minute per user", "WriteRequestsPerMinutePerUser"),
    ("write", "project"): ("Write requests", "Write requests per minute", "WriteRequestsPerMinutePerProject"),
}


def exceeded(kind: Kind, scope: Scope, limit: int, project: str) -> GoogleError:
    """Google's 429."""
    metric, name, quota_limit = _NAMES[kind, scope]
    message = (
        f"Quota exceeded for quota metric '{metric}' and limit '{name}' of service 'sheets.googleapis.com'"
        f" for consumer 'project_number:{project}'."
    )
    info = {
        "@type": "type.googleapis.com/google.rpc.ErrorInfo",
        "reason": "RATE_LIMIT_EXCEEDED",
        "domain": "googleapis.com",
        "metadata": {
            "consumer": f"projects/{project}",
            "quota_limit": quota_limit,
            "quota_limit_value": str(limit),
            "quota_location": "global",
            "quota_metric": f"sheets.googleapis.com/{kind}_requests",
            "service": "sheets.googleapis.com",
        },
    }
    link = {
        "description": "Request a higher quota limit.",
        "url": "https://cloud.google.com/docs/quotas/help/request_increase",
    }
    more = {"@type": "type.googleapis.com/google.rpc.Help", "links": [link]}
    return GoogleError("RESOURCE_EXHAUSTED", message, [info, more])


@dataclass
class Quota:
    """Counts of the running minute."""

    project: str
    minute: int = 0
    used: dict[tuple[Kind, str], int] = field(default_factory=dict)

    def refill(self) -> None:
        """Forget what was used."""
        self.minute, self.used = 0, {}

    def spend(self, kind: Kind, user: str, config: GoogleConfig, now: float) -> None:
        """Count one request; raises Google's 429 when a quota is used up. A refused request costs nothing."""
        if int(now // 60) != self.minute:
            self.minute, self.used = int(now // 60), {}
        scopes: list[tuple[Scope, str, int]] = [("user", user, config.per_user), ("project", "", config.per_project)]
        for scope, who, limit in scopes:
            if limit and self.used.get((kind, who), 0) >= limit:
                raise exceeded(kind, scope, limit, self.project)
        for _, who, _limit in scopes:
            self.used[kind, who] = self.used.get((kind, who), 0) + 1
