"""The adapters against the real sandbox process; only the tries are made short."""

import io
import json

import pytest
from PIL import Image

from kit import http, settings
from tests.contract.adapters.calls import Caller

# Short enough for a test, long enough that a loaded machine does not fail it.
QUICK = http.RetryPolicy(attempts=3, total_s=8.0, connect_s=2.0, read_s=1.0, wait_initial_s=0.01, wait_max_s=0.05)


@pytest.fixture
def env(sandbox):  # noqa: ARG001 - it sets the environment that is read here
    """The settings as the tasks read them."""
    return settings.get()


@pytest.fixture
def secret(process):
    """The secrets by name."""
    return process.secrets()


@pytest.fixture
def service_account(secret):
    return json.loads(secret["GOOGLE_SERVICE_ACCOUNT"])


@pytest.fixture
def quick():
    return QUICK


@pytest.fixture(scope="session")
def picture():
    """A small grey picture: enough where nothing has to be read."""
    buffer = io.BytesIO()
    Image.new("RGB", (64, 64), "grey").save(buffer, "JPEG")
    return buffer.getvalue()


@pytest.fixture
def caller(sandbox, env, secret, service_account, picture, monkeypatch):
    return Caller(sandbox, env, secret, service_account, picture, monkeypatch)
