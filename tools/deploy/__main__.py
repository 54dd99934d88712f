"""`python -m tools.deploy`: deploy this checkout to the Kestra server that the environment names."""

import sys

from kit.errors import ConfigurationError
from tools.deploy import release, run
from tools.deploy.server import Server, ServerError, Target


def main() -> int:
    """Deploy and return the exit code: 0 done, 1 failed, 2 not set up."""
    try:
        target = Target.from_environment()
        found = release.load()
    except (ConfigurationError, ValueError) as error:
        print(error, file=sys.stderr)
        return 2
    try:
        run.deploy(found, Server(target))
    except (run.DeployError, ServerError) as error:
        print(error, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
