"""kill -9 of whoever delivers, before and after the provider was told: no channel ever has two of the same."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from kit import db
from local.providers.client import SandboxClient
from platform_tasks.alerts import book
from platform_tasks.alerts.deliver import deliver
from platform_tasks.alerts.events import Event, Level

ROOT = Path(__file__).resolve().parents[3]
CHILD = """
import os, signal, sys
from kit import db
from platform_tasks.alerts import channels, deliver

when, doomed = sys.argv[1:]
real = channels.tell

def tell(what):
    mine = what.delivery["channel"] == doomed
    if mine and when == "before":
        os.kill(os.getpid(), signal.SIGKILL)
    told = real(what)
    if mine:
        os.kill(os.getpid(), signal.SIGKILL)  # the provider has answered, and nobody wrote it down
    return told

channels.tell = tell
with db.connect() as conn:
    deliver.deliver(conn)
"""
LEVELS: dict[str, Level] = {
    "data_alerts": "WARNING",
    "email": "WARNING",
    "pagerduty": "CRITICAL",
    "incidents": "CRITICAL",
}


def lease_ends(conn: db.Connection) -> None:
    """The dead process's claim is over."""
    db.execute(
        conn,
        "update ops.alert_deliveries set claimed_until = clock_timestamp(), due_at = least(due_at, clock_timestamp())"
        " where state in ('sending', 'pending') or (state = 'unknown' and due_at < 'infinity')",
    )


def kill(when: str, channel: str) -> None:
    env = {**os.environ, "PYTHONPATH": str(ROOT / "scripts")}
    done = subprocess.run([sys.executable, "-c", CHILD, when, channel], env=env, check=False)
    assert done.returncode == -signal.SIGKILL


def told(sandbox: SandboxClient, channel: str) -> int:
    """Messages that people have of a channel."""
    if channel == "email":
        return len(sandbox.mails())
    if channel == "pagerduty":
        return len(sandbox.incidents())
    return len(sandbox.cards({"data_alerts": "C0ALERTS", "incidents": "C0INCIDENTS"}[channel]))


@pytest.mark.parametrize("channel", LEVELS)
def test_told_and_killed_is_told_once(sandbox: SandboxClient, conn: db.Connection, channel: str):
    fired = book.fire(conn, Event("flow_failed", "broken", flow_id="f", level=LEVELS[channel]))
    kill("after", channel)
    deliver(conn)  # the claim still holds: nobody touches it
    assert told(sandbox, channel) == 1
    for _ in range(3):
        lease_ends(conn)
        deliver(conn)
    assert told(sandbox, channel) == 1
    book.resolve(conn, fired.key)
    deliver(conn)
    if channel in ("data_alerts", "incidents"):
        cards = sandbox.cards({"data_alerts": "C0ALERTS", "incidents": "C0INCIDENTS"}[channel])
        assert cards[0]["text"].startswith("✅")  # its reference was found, so its end could be told
    if channel == "pagerduty":
        assert sandbox.incidents()[0]["status"] == "resolved"


@pytest.mark.parametrize("channel", LEVELS)
def test_killed_before_it_was_told_is_told_by_the_next_but_for_a_mail(
    sandbox: SandboxClient, conn: db.Connection, channel: str
):
    book.fire(conn, Event("flow_failed", "broken", flow_id="f", level=LEVELS[channel]))
    kill("before", channel)
    for _ in range(3):
        lease_ends(conn)
        deliver(conn)
    # Nobody can find out whether a mail was given, so that one is left in doubt; the Slack message says the same.
    assert told(sandbox, channel) == (0 if channel == "email" else 1)
    if channel == "email":
        assert db.fetch_all(conn, "select state from ops.alert_deliveries where channel = 'email'") == [
            {"state": "unknown"}
        ]
        assert told(sandbox, "data_alerts") == 1
