"""The container, its web server and the systemd unit: lint, and that they agree with each other and the settings."""

import ipaddress
import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from mailconnect.settings import FIELDS, from_environment
from tests.self_host.files import CADDYFILE, ROOT, UNIT, compose, environment_of, of, tools, unit

pytestmark = pytest.mark.aws

OURS = re.compile(r"MAILCONNECT_(\w+)")


def said_by(*command: str | Path, **environment: str) -> str:
    told = subprocess.run(
        command, capture_output=True, text=True, check=False, timeout=120, cwd=ROOT, env=os.environ | environment
    )
    assert told.returncode == 0, told.stdout + told.stderr
    return told.stdout


def test_hadolint_has_nothing_to_say() -> None:
    assert said_by(tools() / "hadolint", "Dockerfile") == ""


def test_compose_yaml_is_what_composes_schema_allows() -> None:
    said_by(tools() / "check-jsonschema", "--builtin-schema", "vendor.compose-spec", "compose.yaml")


def test_caddy_takes_its_file_and_would_write_it_alike() -> None:
    said_by(tools() / "caddy", "fmt", "--diff", CADDYFILE)
    said_by(tools() / "caddy", "validate", "--adapter", "caddyfile", "--config", CADDYFILE, DOMAIN="mail.example.com")


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="systemd is not on this machine")
def test_systemd_knows_every_line_of_the_unit_and_finds_it_confined(tmp_path: Path) -> None:
    copy = tmp_path / UNIT.name
    copy.write_text(UNIT.read_text().replace("/opt/mailconnect/bin/mailconnect", shutil.which("true") or ""))
    told = subprocess.run(["systemd-analyze", "verify", copy], capture_output=True, text=True, check=False, timeout=60)
    assert (told.returncode, told.stderr) == (0, "")
    said_by("systemd-analyze", "security", "--offline=yes", "--threshold=25", copy)


def test_every_setting_that_is_named_exists() -> None:
    names = {
        name
        for file in ("Dockerfile", "compose.yaml", UNIT, "docs/self-host.md")
        for name in OURS.findall((ROOT / file).read_text())
    }
    assert names <= FIELDS.keys()


def test_the_containers_settings_are_good_ones_and_caddy_alone_is_believed() -> None:
    services = compose()["services"]
    given = environment_of(1) | {
        name: value.replace("${DOMAIN:?name the public host in .env}", "mail.example.com")
        for name, value in services["mailconnect"]["environment"].items()
    }
    settings = from_environment(given | {"MAILCONNECT_PROVIDER": "fastmail"})
    assert settings.issuer == "https://mail.example.com"
    caddy = services["caddy"]["networks"]["front"]
    addresses = {ipaddress.ip_network(caddy["ipv4_address"]), ipaddress.ip_network(caddy["ipv6_address"])}
    assert {*settings.trusted_proxies} == addresses
    subnets = [ipaddress.ip_network(one["subnet"]) for one in compose()["networks"]["front"]["ipam"]["config"]]
    assert all(any(one.subnet_of(subnet) for subnet in subnets if subnet.version == one.version) for one in addresses)
    assert services["caddy"]["environment"]["UPSTREAM"] == f"mailconnect:{settings.port}"
    assert "ports" not in services["mailconnect"], "nobody reaches the bridge but through Caddy"


def test_the_container_has_no_rights_and_writes_to_its_volume_alone() -> None:
    for service in compose()["services"].values():
        assert service["read_only"] is True
        assert service["cap_drop"] == ["ALL"]
        assert service["security_opt"] == ["no-new-privileges:true"]
    assert of(1, "USER") == ["8787:8787"]
    assert compose()["services"]["mailconnect"]["volumes"] == [f"data:{environment_of(1)['MAILCONNECT_DATA_DIR']}"]


def test_the_build_sees_what_the_wheel_is_made_of_and_nothing_else() -> None:
    """Neither data, nor keys, nor a .env can get into an image."""
    first, *let_in = (ROOT / ".dockerignore").read_text().split()
    copied = {word for rest in of(0, "COPY") for word in rest.split()[:-1]}
    assert first == "*"
    assert {name.removeprefix("!") for name in let_in if name.startswith("!")} == copied


def test_a_stop_waits_as_long_as_the_server_may_take() -> None:
    assert compose()["services"]["mailconnect"]["stop_grace_period"] == "15s"
    assert ("TimeoutStopSec", "15") in unit()
