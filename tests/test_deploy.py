"""What deploys Hepar says what there is: nothing of it is run here."""

import re
import tomllib

import pytest
import yaml
from streamlit import config

from lib.ui import registries
from tests.conftest import ROOT

DOCKERFILE = (ROOT / "Dockerfile").read_text(encoding="utf-8")
COMPOSE = yaml.safe_load((ROOT / "compose.yaml").read_text(encoding="utf-8"))
DEPLOY = (ROOT / "docs" / "deploy.md").read_text(encoding="utf-8")
COPIED = [
    file
    for line in re.findall(r"^COPY (.+)$", DOCKERFILE, re.MULTILINE)
    for file in line.split()[:-1]
]
OPTION = re.compile(r"--(\w+\.\w+)")


def test_every_file_that_is_copied_is_there_and_is_sent_to_the_builder():
    sent = set((ROOT / ".dockerignore").read_text(encoding="utf-8").splitlines())
    assert "*" in sent
    for file in COPIED:
        assert (ROOT / file).exists() and f"!{file}" in sent, file
    assert ".git" not in COPIED and "tests" not in COPIED


def test_everything_that_the_app_imports_is_copied():
    assert {"app.py", "serve.py", "pages", "lib", ".streamlit/config.toml"} <= set(COPIED)


def test_the_image_has_a_python_that_the_project_takes():
    (version,) = re.findall(r"^FROM python:(\d+\.\d+)-slim$", DOCKERFILE, re.MULTILINE)
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    least = project["requires-python"].removeprefix(">=")
    assert tuple(map(int, version.split("."))) >= tuple(map(int, least.split(".")))


def test_the_container_runs_as_nobody_in_particular():
    assert DOCKERFILE.index("USER hepar") < DOCKERFILE.index("ENTRYPOINT")


@pytest.mark.parametrize(
    "option", sorted({*OPTION.findall(DOCKERFILE), *OPTION.findall(str(COMPOSE))})
)
def test_every_option_that_is_given_is_one_of_streamlit(option):
    assert option in config.get_config_options()


def test_the_service_is_shut_but_for_the_proxy_and_finds_its_secrets():
    service = COMPOSE["services"]["hepar"]
    assert all(port.startswith("127.0.0.1:") for port in service["ports"])
    assert service["read_only"] and service["cap_drop"] == ["ALL"]
    (secret,) = service["secrets"]
    workdir = re.search(r"^WORKDIR (.+)$", DOCKERFILE, re.MULTILINE)[1]
    assert secret["target"] == f"{workdir}/.streamlit/secrets.toml"
    assert secret["source"] in COMPOSE["secrets"]


def test_the_example_of_secrets_offers_what_the_page_reads():
    example = tomllib.loads((ROOT / "secrets.example.toml").read_text(encoding="utf-8"))
    assert set(example) == {registries.SECTION}
    shown = re.findall(r"```toml\n(.*?)```", DEPLOY, re.DOTALL)
    assert shown and all(set(tomllib.loads(each)) == {registries.SECTION} for each in shown)
    volumes = COMPOSE["services"]["hepar"]["volumes"]
    (where,) = example[registries.SECTION].values()
    assert any(each.split(":")[1] == where and each.endswith(":ro") for each in volumes)


def test_every_file_that_the_page_names_is_there():
    named = set(re.findall(r"\]\(([\w.]+)\)", DEPLOY))
    named |= {f"../{each}" for each in re.findall(r"`(\w+(?:file|\.yaml))`", DEPLOY)}
    assert named
    for each in named:
        assert (ROOT / "docs" / each).exists(), each
