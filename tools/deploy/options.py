"""What a deploy does besides the files and the flows, and how long it waits."""

from dataclasses import dataclass, field

from tools.deploy.lock import Timing

MIGRATE = ("opsflows.platform", "schema_migrate")
SMOKE = ("opsflows.platform", "deploy_smoke")


@dataclass(frozen=True)
class Options:
    """How to deploy.

    Attributes:
        prune: delete the flows of our namespaces that the release does not have.
        migrate: run the release's `schema_migrate` before its other flows are put.
        smoke: run its `deploy_smoke` at the end.
        environment: dev, stg or prod, for the commands that messages advise.
        migrate_within_s: seconds that the migrations may take.
        smoke_within_s: seconds that the smoke may take.
        lock: how long to wait for another deploy.
    """

    prune: bool = False
    migrate: bool = True
    smoke: bool = True
    environment: str | None = None
    migrate_within_s: float = 3600.0
    smoke_within_s: float = 300.0
    lock: Timing = field(default_factory=Timing)

    def rollback_command(self, release: str | None) -> str:
        """What to type to go back to a release."""
        if release is None:
            return "There is no earlier release to go back to; mend this one and deploy again."
        environment = f" ENV={self.environment}" if self.environment else ""
        return f"Go back with: make rollback{environment} TO={release}"


class DeployError(Exception):
    """A deploy or rollback stopped; the message says at what, what is untouched, and what to do."""
