"""docker-compose.yml: valid by the specification, hardened in each service, and without a secret in what it renders."""

import json
import os
import re
import shutil
import subprocess
from pathlib import Path

import imagekit
import jsonschema
import pytest
import secretkit
import yaml

from tools.secrets import catalogue

HERE = Path(__file__).parent
SERVICES = imagekit.compose()["services"]
PROFILES = ("core", "monitoring", "backup", "pooler")
SETTINGS = {"KESTRA_ADMIN_USERNAME": "admin@example.org", "EDGE_SERVER_NAME": "hooks.example.org"}
DOCKER_COMPOSE = shutil.which("docker-compose")
needs_docker_compose = pytest.mark.skipif(
    not DOCKER_COMPOSE, reason="docker-compose is not installed: apt-get install docker-compose"
)


@pytest.fixture
def render(tmp_path):
    """`docker-compose config` in a folder of its own, with secrets that must not be seen."""
    shutil.copy(imagekit.COMPOSE, tmp_path)
    secretkit.write(tmp_path / "secrets", secretkit.good())

    def run(profile="core", **settings: str) -> subprocess.CompletedProcess:
        (tmp_path / ".env").write_text("".join(f"{name}={value}\n" for name, value in settings.items()))
        return subprocess.run(
            [DOCKER_COMPOSE, "config"],
            cwd=tmp_path,
            env={"PATH": os.environ["PATH"], "COMPOSE_PROFILES": profile},
            capture_output=True,
            text=True,
            check=False,
        )

    return run


def of_profile(profile: str) -> dict:
    found = imagekit.compose()
    found["services"] = {name: service for name, service in SERVICES.items() if profile in service["profiles"]}
    return found


@pytest.mark.parametrize("profile", PROFILES)
def test_it_is_valid_by_the_specification(profile):
    schema = json.loads((HERE / "compose-spec.json").read_text())
    document = of_profile(profile)
    assert document["services"]
    jsonschema.Draft202012Validator(schema).validate(document)


def test_the_schema_refuses_what_it_does_not_know():
    schema = json.loads((HERE / "compose-spec.json").read_text())
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.Draft202012Validator(schema).validate({"services": {"kestra": {"image": "x", "memory": "1g"}}})


def test_old_and_new_docker_compose_read_it():
    """1.29 refuses a project's `name`, and newer ones call `version` obsolete."""
    assert {"name", "version"} & set(imagekit.compose()) == set()


@needs_docker_compose
@pytest.mark.parametrize("profile", PROFILES)
def test_it_renders(render, profile):
    ran = render(profile, **SETTINGS)
    assert ran.returncode == 0, ran.stderr
    rendered = yaml.safe_load(ran.stdout)
    assert set(rendered["services"]) >= {name for name, service in SERVICES.items() if profile in service["profiles"]}


@needs_docker_compose
@pytest.mark.parametrize("missing", sorted(SETTINGS))
def test_a_required_setting_that_is_missing_is_named(render, missing):
    for left in ({name: value for name, value in SETTINGS.items() if name != missing}, SETTINGS | {missing: ""}):
        ran = render(**left)
        assert ran.returncode != 0
        assert f"{missing} is missing. Write" in ran.stderr


@needs_docker_compose
@pytest.mark.parametrize("profile", PROFILES)
def test_no_secret_is_rendered(render, tmp_path, profile):
    ran = render(profile, **SETTINGS)
    canaries = [path.read_text().strip() for path in (tmp_path / "secrets").iterdir()]
    assert len(canaries) == len(catalogue.CATALOGUE)
    assert not [canary for canary in canaries if canary in ran.stdout + ran.stderr]


@needs_docker_compose
def test_the_canary_would_be_seen(render):
    ran = render(**SETTINGS, EDGE_RATE="canary-4711")
    assert "canary-4711" in ran.stdout


def test_every_setting_has_a_default_or_is_required():
    used = re.findall(r"\$\{(\w+)(:[-?])?", imagekit.COMPOSE.read_text())
    assert {name for name, form in used if form == ":?"} == set(SETTINGS)
    assert not [name for name, form in used if not form]


def test_settings_of_compose_are_those_of_the_example():
    used = set(re.findall(r"\$\{(\w+)", imagekit.COMPOSE.read_text()))
    example = set(re.findall(r"(?m)^#? ?([A-Z][A-Z0-9_]+)=", (imagekit.ROOT / ".env.example").read_text()))
    assert sorted(used - example) == []


def test_secrets_are_files_of_the_catalogue():
    declared = imagekit.compose()["secrets"]
    assert declared == {name: {"file": f"./secrets/{name}"} for name in declared}
    used = {name for service in SERVICES.values() for name in service.get("secrets", [])}
    assert set(declared) == used <= {secret.name for secret in catalogue.CATALOGUE}


@pytest.mark.parametrize("service", ["kestra", "edge", "postgres", "console"])
def test_each_service_sees_the_secrets_that_it_needs_and_no_other(service):
    needed = {secret.name for secret in catalogue.needed_by(service)}
    if service == "kestra":
        needed |= {secret.name for secret in catalogue.needed_by(catalogue.FLOWS)}
    assert set(SERVICES[service]["secrets"]) == needed


def test_no_variable_of_a_container_is_a_secret():
    names = {secret.name for secret in catalogue.CATALOGUE}
    given = {name for service in SERVICES.values() for name in service.get("environment", {})}
    assert not names & given
    assert not [name for name in given if re.search(r"PASSWORD$|TOKEN$|SECRET$", name)]


@pytest.mark.parametrize("name", sorted(SERVICES))
def test_each_service_is_confined(name):
    service = SERVICES[name]
    assert service["cap_drop"] == ["ALL"]
    assert service["security_opt"] == ["no-new-privileges:true"]
    assert {"mem_limit", "cpus", "pids_limit", "stop_grace_period", "restart", "profiles"} <= set(service)
    assert service["logging"]["options"] == {"max-size": "20m", "max-file": "5", "tag": "{{.Name}}"}
    assert not {"privileged", "network_mode", "pid", "devices"} & set(service)
    assert "docker.sock" not in str(service)
    assert name in ("kestra", "backup") or "healthcheck" in service
    # Kestra's own server writes where it likes in its home; all others write to volumes and memory alone.
    assert name == "kestra" or service["read_only"]


def test_nobody_has_a_capability_and_whoever_reads_a_secret_runs_as_its_owner():
    assert not [name for name, service in SERVICES.items() if "cap_add" in service]
    readers = {name for name, service in SERVICES.items() if "secrets" in service}
    assert readers == {name for name, service in SERVICES.items() if service.get("user") == "${RUN_AS:-1000:1000}"}


def test_only_the_edge_is_reached_from_outside():
    ports = {name: service["ports"] for name, service in SERVICES.items() if "ports" in service}
    public = {name for name, published in ports.items() if not all(port.startswith("127.0.0.1:") for port in published)}
    assert public == {"edge"}
    assert [port.rsplit(":", 1)[1] for port in ports["edge"]] == ["80", "443"]
    # Kestra's management port is for the networks of the containers only.
    assert "8081" not in str(ports)


def test_postgres_and_the_edge_share_no_network():
    networks = {name: set(service["networks"]) for name, service in SERVICES.items()}
    assert networks["postgres"] == networks["backup"] == {"data"}
    assert networks["edge"] & networks["postgres"] == set()
    assert networks["edge"] & networks["kestra"] == {"front"}
    # The console stands between: it reads both databases' neighbours, and neither is reached through it by a packet.
    assert networks["console"] & networks["edge"] == {"front"}
    assert networks["console"] & networks["postgres"] == {"data"}
    declared = imagekit.compose()["networks"]
    assert {name for name, network in declared.items() if network.get("internal")} == {"data", "front"}


def test_kestra_is_given_longer_than_it_gives_its_tasks():
    kestra = yaml.safe_load((imagekit.ROOT / "application.yaml").read_text())["kestra"]["server"]
    minutes = re.compile(r"(\d+)m")
    grace = minutes.fullmatch(SERVICES["kestra"]["stop_grace_period"])
    assert int(grace[1]) > int(minutes.fullmatch(kestra["termination-grace-period"])[1])


def test_kestra_waits_for_a_database_that_accepts_connections():
    assert SERVICES["kestra"]["depends_on"] == {"postgres": {"condition": "service_healthy"}}
    assert "--host=127.0.0.1" in SERVICES["postgres"]["healthcheck"]["test"]


def test_the_edge_runs_the_projects_own_configuration():
    edge = SERVICES["edge"]
    mounted = dict(volume.split(":")[:2] for volume in edge["volumes"] if volume.startswith("./"))
    for source in mounted:
        assert (imagekit.ROOT / source).exists()
    assert os.access(imagekit.ROOT / "edge/render.sh", os.X_OK), "the image passes over a script that is not executable"
    # As the tests of the edge start it.
    conf = f"{edge['environment']['EDGE_RUN']}/nginx.conf"
    assert edge["command"] == ["nginx", "-e", "stderr", "-c", conf, "-g", "daemon off;"]
    known = set(re.findall(r"\bEDGE_[A-Z_]+", (imagekit.ROOT / "edge/render.sh").read_text()))
    assert set(edge["environment"]) <= known


def test_the_console_runs_what_the_image_holds():
    console = SERVICES["console"]
    assert console["image"] == SERVICES["kestra"]["image"]
    assert console["entrypoint"][1:] == ["-m", "console"]
    assert {"console", "scripts", "namespace_files"} <= set(imagekit.copied("kestra"))
    assert console["environment"]["OPSFLOWS_HTTP_ALLOW_PRIVATE"] in console["environment"]["OPSFLOWS_KESTRA_URL"]
    assert console["networks"][:2] == ["data", "front"]
    assert console["ports"] == ["127.0.0.1:${CONSOLE_PORT:-8070}:8070"]


def test_prometheus_asks_the_containers_that_there_are():
    config = yaml.safe_load((imagekit.ROOT / "monitoring/prometheus/prometheus.yml").read_text())
    targets = {
        job["job_name"]: target
        for job in config["scrape_configs"]
        for static in job["static_configs"]
        for target in static["targets"]
    }
    management = yaml.safe_load((imagekit.ROOT / "application.yaml").read_text())["endpoints"]
    assert targets["kestra"] == f"kestra:{management['all']['port']}"
    assert management["prometheus"] == {"enabled": True, "sensitive": False}
    assert set(SERVICES["prometheus"]["networks"]) & set(SERVICES["kestra"]["networks"]) == {"monitoring"}
