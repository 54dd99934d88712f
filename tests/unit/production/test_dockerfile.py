"""The Dockerfile: linted, pinned, small in what it lets in, and without a secret."""

import re
import subprocess

import imagekit
import pytest
import secretkit

from tools.secrets import catalogue

TEXT = (imagekit.ROOT / "Dockerfile").read_text()
# What lies beside the project on a server, or in it while it is worked on.
NEVER = [
    ".env",
    ".env.prod",
    "secrets/WHATSAPP_TOKEN",
    "secrets/.WHATSAPP_TOKEN.part",
    "certs/privkey.pem",
    ".git/config",
    ".stack/engine/encryption.key",
    ".venv/bin/python",
    "local/kestra/target/engine.jar",
    "tools/secrets/__pycache__/catalogue.cpython-311.pyc",
    "tools/backup/__pycache__/create.cpython-311.pyc",
    "tools/backup/old.pyc",
    "tools/deploy/run.py",
    "scripts/kit/__pycache__/secrets.cpython-311.pyc",
    "console/__pycache__/app.cpython-311.pyc",
    "docker-compose.yml",
]


def test_hadolint_finds_nothing():
    ran = subprocess.run([imagekit.BIN / "hadolint", "Dockerfile"], cwd=imagekit.ROOT, capture_output=True, check=False)
    assert (ran.returncode, ran.stdout.decode()) == (0, "")


def test_each_thing_that_hadolint_is_told_to_pass_over_has_its_reason_above():
    lines = TEXT.splitlines()
    told = [number for number, line in enumerate(lines) if "hadolint ignore" in line]
    assert told
    assert not [lines[number] for number in told if not re.match(r"# [A-Z].*\.$", lines[number - 1])]


def test_stages_are_the_ones_that_compose_builds():
    stages = [step.stage for step in imagekit.steps() if step.word == "FROM"]
    targets = {service["build"]["target"] for service in imagekit.compose()["services"].values() if "build" in service}
    assert stages == ["venv", "backup", "kestra"]
    assert targets < set(stages)


def test_kestras_images_are_one_and_its_digest_is_appended_when_there_is_one():
    sources = [step.rest.split(" AS ")[0] for step in imagekit.steps() if step.word == "FROM"]
    assert sources[0] == sources[2] == "kestra/kestra:${KESTRA_VERSION}${KESTRA_DIGEST:+@${KESTRA_DIGEST}}"
    # Docker's substitution is the shell's here.
    for digest, expected in (("", "kestra/kestra:v2.0.7"), ("sha256:ab", "kestra/kestra:v2.0.7@sha256:ab")):
        command = f'KESTRA_VERSION=v2.0.7 KESTRA_DIGEST={digest}; echo "{sources[0]}"'
        assert subprocess.check_output(["sh", "-c", command], text=True).strip() == expected


def test_no_digest_is_made_up():
    assert not re.search(r"sha256:[0-9a-f]{8}", TEXT)
    assert "docker buildx imagetools inspect" in TEXT


@pytest.mark.parametrize("stage", ["backup", "kestra"])
def test_the_last_user_is_not_root(stage):
    users = [step.rest for step in imagekit.steps() if (step.word, step.stage) == ("USER", stage)]
    assert users[-1] == "${RUN_AS}"
    assert re.search(r"(?m)^ARG RUN_AS=1000:1000$", TEXT)


@pytest.mark.parametrize(("run_as", "code"), [("1000:1000", 0), ("1001", 0), ("0:0", 1), ("0", 1), ("root", 1)])
def test_an_image_that_would_run_as_root_is_not_built(run_as, code):
    (first,) = [step.rest for step in imagekit.steps() if step.word == "RUN" and step.stage == "kestra"]
    check = first[: first.index("esac") + len("esac")]
    ran = subprocess.run(["sh", "-c", check], env={"RUN_AS": run_as}, capture_output=True, text=True, check=False)
    assert (ran.returncode, "Name the user who owns secrets/" in ran.stderr) == (code, bool(code))


def test_whatever_is_copied_exists_and_is_let_into_the_build():
    sources = [source for stage in ("venv", "backup", "kestra") for source in imagekit.copied(stage)]
    assert sources
    paths = [imagekit.ROOT / source for source in sources]
    inside = [file for path in paths if path.is_dir() for file in path.rglob("*.py")]
    files = [path.relative_to(imagekit.ROOT) for path in [*inside, *paths] if not path.is_dir()]
    assert not [str(path) for path in files if not (imagekit.ROOT / path).is_file()]
    assert not [str(path) for path in files if imagekit.ignored(str(path))]


def test_only_what_is_copied_is_let_into_the_build():
    tracked = subprocess.check_output(["git", "ls-files", "-oc"], cwd=imagekit.ROOT, text=True).splitlines()
    let_in = [path for path in tracked if not imagekit.ignored(path)]
    sources = {source for stage in ("venv", "backup", "kestra") for source in imagekit.copied(stage)}
    assert let_in
    folders = tuple(f"{name}/" for name in ("tools/backup", "console", "scripts", "namespace_files"))
    assert not [path for path in let_in if path not in sources and not path.startswith(folders)]


@pytest.mark.parametrize("path", NEVER)
def test_what_must_stay_out_of_the_build_stays_out(path):
    assert imagekit.ignored(path)


def test_every_secret_stays_out_of_the_build(tmp_path):
    folder = secretkit.write(tmp_path / "secrets", secretkit.good())
    assert not [path.name for path in folder.iterdir() if not imagekit.ignored(f"secrets/{path.name}")]


def test_no_secret_is_an_argument_or_a_variable_of_an_image():
    named = [step for step in imagekit.steps() if step.word in ("ARG", "ENV", "LABEL")]
    assert not [step for step in named if any(secret.name in step.rest for secret in catalogue.CATALOGUE)]
    assert not [step for step in named if re.search(r"(?i)password|secret|token|_key", step.rest)]


def test_the_entrypoint_lies_where_its_modules_are():
    rests = {step.word: step.rest for step in imagekit.steps() if step.stage == "kestra"}
    assert "/opt/opsflows/lib/entrypoint.py" in rests["ENTRYPOINT"]
    for name in ("catalogue", "files", "rules"):
        assert f"tools/secrets/{name}.py" in imagekit.copied("kestra")
    assert "/opt/opsflows/application.yaml" in rests["CMD"]


def test_folders_of_volumes_belong_to_the_user_that_writes_there():
    made = {
        step.stage: re.search(r'mkdir (?:-p )?([^&]+) && chown "\$RUN_AS" \1 && chmod 0700 \1', f"{step.rest} ")
        for step in imagekit.steps()
        if step.word == "RUN" and "mkdir" in step.rest
    }
    folders = {stage: set(found[1].split()) for stage, found in made.items()}
    services = imagekit.compose()["services"]
    for name in ("kestra", "backup"):
        mounted = {volume.rsplit(":", 1)[1] for volume in services[name]["volumes"]}
        assert mounted == folders[name]
