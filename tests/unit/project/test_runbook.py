"""docs/runbook: a page for each alert and none too many, and every command, statement and address in them exists."""

import fnmatch
import re
from http import HTTPStatus

import psycopg2
import pytest
import runbookkit
import yaml
from fastapi.testclient import TestClient

from console import app
from kit import db
from platform_tasks.health import check
from tests.kit_support import migrated

__all__ = ("migrated",)
PAGES = [*runbookkit.PAGES, *runbookkit.ALSO]
PROCEDURES = (
    *("deploy", "rollback", "restore", "rotate-secrets"),
    *("re-send", "erase-personal-data", "kestra-upgrade"),
)
FLOWS = {
    f"{flow['namespace']}.{flow['id']}"
    for flow in (yaml.safe_load(path.read_text()) for path in (runbookkit.ROOT / "flows").rglob("*.yaml"))
}
SERVICES = yaml.safe_load((runbookkit.ROOT / "docker-compose.yml").read_text())["services"]
MAKEFILE = (runbookkit.ROOT / "Makefile").read_text()
LONGEST = 40
ALERT_PARTS = ["What it means", "Look first", "Mend", "Afterwards"]


def every_page(*given):
    return pytest.mark.parametrize("page", *given or [PAGES], ids=lambda page: page.stem)


@pytest.mark.parametrize(("where", "name"), runbookkit.rules().items())
def test_each_alert_has_its_page(where, name):
    assert (runbookkit.ALERTS / f"{name}.md").is_file(), f"{where}: write docs/runbook/alerts/{name}.md"


def test_each_page_of_an_alert_has_its_rule():
    assert {page.stem for page in runbookkit.ALERTS.glob("*.md")} <= set(runbookkit.rules().values())


def test_a_rule_without_a_page_would_be_seen():
    assert runbookkit.snake("EtlLowRatio") == "etl_low_ratio"
    assert runbookkit.snake("HTTPDown") == "http_down"
    assert len(runbookkit.rules()) > len(ALERT_PARTS)


def test_each_procedure_has_its_page():
    assert {page.stem for page in (runbookkit.BOOK / "procedures").glob("*.md")} == set(PROCEDURES)


def test_the_index_names_every_page_once():
    index = runbookkit.BOOK / "README.md"
    linked = re.findall(r"\]\(((?:alerts|procedures)/[\w-]+\.md)\)", runbookkit.text(index))
    pages = [str(page.relative_to(runbookkit.BOOK)) for page in runbookkit.PAGES if page != index]
    assert sorted(linked) == sorted(pages)


@every_page([page for page in PAGES if page.name not in {"README.md", "operations.md"}])
def test_a_page_is_short(page):
    assert len(runbookkit.text(page).splitlines()) <= LONGEST


@every_page(sorted(runbookkit.ALERTS.glob("*.md")))
def test_an_alert_s_page_has_the_four_parts(page):
    assert re.findall(r"^## (.*)", runbookkit.text(page), re.MULTILINE) == ALERT_PARTS
    assert runbookkit.text(page).startswith(f"# {page.stem}\n")
    look = runbookkit.text(page).partition("## Look first")[2].partition("## Mend")[0]
    assert "```" in look, "no command to look with"


@every_page()
def test_links_lead_somewhere(page):
    for target in re.findall(r"\]\(([^)#:]+)(?:#[^)]*)?\)", runbookkit.text(page)):
        assert (page.parent / target).resolve().exists(), target


@every_page()
def test_every_command_of_ours_is_understood(page):
    for line in runbookkit.lines(page):
        found = runbookkit.words(line) if re.search(r"python3? -m ", line) else []
        if found[1:2] == ["-m"]:
            assert runbookkit.understood(found[2], found[3:]), line


@every_page()
def test_every_make_target_exists(page):
    for line in runbookkit.lines(page):
        if not re.match(r"([A-Z_]+=\S* )*make( |$)", line):
            continue
        target, *given = runbookkit.words(line)[1:]
        assert re.search(rf"^{re.escape(target)}:", MAKEFILE, re.MULTILINE), line
        for variable in (word.partition("=")[0] for word in given):
            assert f"$({variable})" in MAKEFILE or f"$(if $({variable})" in MAKEFILE, line


@every_page()
def test_every_service_of_docker_compose_exists(page):
    for line in runbookkit.lines(page):
        if not line.startswith("docker compose "):
            continue
        verb, *rest = runbookkit.words(line)[2:]
        named = [word for word in rest if not word.startswith("-")]
        if verb == "run":
            assert named[0] == "backup", line
            assert runbookkit.understood("tools.backup", rest[rest.index("backup") + 1 :]), line
        elif verb == "logs":
            assert set(named) - {"1h", "10m"} <= set(SERVICES), line
        elif verb == "exec":
            assert named[0] in SERVICES, line
        elif verb in {"stop", "up", "build", "restart"}:
            assert set(named) <= set(SERVICES), line
        else:
            assert verb in {"ps", "config"}, line


@every_page()
def test_every_flow_exists(page):
    named = re.findall(r"`(opsflows\.[a-z]+\.[a-z0-9_]+)`", runbookkit.text(page))
    assert set(named) <= FLOWS


@pytest.fixture(scope="module")
def console():
    with TestClient(app.create(), raise_server_exceptions=False) as client:
        yield lambda path: client.get(path, follow_redirects=False).status_code != HTTPStatus.NOT_FOUND


@every_page()
def test_every_page_of_the_console_exists(page, console):
    text = runbookkit.text(page)
    named = re.findall(r"console(?:'s)?(?: \w+)? page `(/[\w/-]*)`", text)
    named += re.findall(r"`(/[\w/-]*)` in the console", text)
    assert [path for path in named if not console(path)] == []


def test_a_page_that_the_console_has_not_would_be_seen(console):
    assert console("/tickets")
    assert not console("/no-such-page")


@every_page()
def test_every_statement_can_be_prepared(page, migrated):
    for number, statement in enumerate(runbookkit.statements(page)):
        with db.connect(migrated) as connection, connection.cursor() as cursor:
            try:
                cursor.execute(f"prepare runbook_{number} as {statement}")
            except psycopg2.Error as error:
                pytest.fail(f"{statement}: {error}")


def test_a_wrong_command_is_noticed():
    assert not runbookkit.understood("tools.state", ["letters", "--stat", "open", "extra"])
    assert runbookkit.understood("tools.state", ["letters", "--state", "open"])
    assert not runbookkit.understood("tools.backup", ["restor"])


@every_page()
def test_a_check_that_a_statement_looks_for_is_one_of_health_check(page):
    names = [one.name for one in check.CHECKS]
    for pattern in re.findall(r"from ops\.health_checks where name like '([^']+)'", runbookkit.text(page)):
        assert fnmatch.filter(names, pattern.replace("%", "*").replace("_", "?")), pattern


@every_page()
def test_a_flow_that_a_statement_looks_for_exists(page):
    asked = re.findall(r"flow_id = '([^']+)'", "\n".join(runbookkit.statements(page)))
    assert set(asked) <= {name.rpartition(".")[2] for name in FLOWS}


def test_what_looks_for_lines_of_kestra_s_log_finds_them():
    """Its encoder writes a space before INFO and WARN."""
    page = runbookkit.BOOK / "procedures/kestra-upgrade.md"
    pattern = re.search(r"grep -E '([^']+)'", runbookkit.text(page))[1]
    lines = ['{"log.level":"ERROR","message":"x"}', '{"log.level": "WARN","message":"x"}', '{"log.level": "INFO"}']
    assert [bool(re.search(pattern, line)) for line in lines] == [True, True, False]
