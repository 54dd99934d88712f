"""The doctor against the real sandbox process and a real Postgres; only its time is short."""

import dataclasses
import time

import pytest

from leads import mapping
from tests.doctor_support import tls_server
from tests.kit_support import bare_dsn, dsn, migrated
from tools.doctor import registry, run, surroundings

__all__ = ["bare_dsn", "dsn", "migrated"]

# What `hubspot_setup` makes.
DEFINED = [{"name": one.property, **one.define} for one in mapping.load().properties if one.define]
INTEREST = {"name": "estado_interes", "label": "Interés"}
CALLBACK = "https://hooks.example.com/hooks/whatsapp"


@pytest.fixture
def healthy(sandbox, process, monkeypatch, tmp_path):
    """A sandbox in which everything is set up; returns how to look at one provider."""
    monkeypatch.setenv("OPSFLOWS_LOG_LEVEL", "ERROR")
    sandbox.target(CALLBACK, process.credentials.whatsapp_app_secret)
    sandbox.hubspot.define(*DEFINED, INTEREST)

    def look(provider, *, deadline_s=4.0, public_url=None):
        where = surroundings.enter(folder=tmp_path, public_url=public_url)
        where = dataclasses.replace(where, deadline_s=deadline_s, begun=time.monotonic())
        [report] = run.examine(registry.load([provider]), where)
        return report

    return look


@pytest.fixture(scope="session")
def self_signed(tmp_path_factory):
    """The address of a TLS server that no authority vouches for."""
    with tls_server(tmp_path_factory.mktemp("tls")) as (url, _):
        yield url
