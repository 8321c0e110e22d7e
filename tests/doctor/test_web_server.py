"""Row FL-09: the start and the doctor warn of a web server in front that is not trusted."""

import pytest

from mailconnect.cli.main import main
from mailconnect.composition.provider import provider_of
from mailconnect.doctor.web_server import web_server
from mailconnect.local.first_run import first_run
from mailconnect.settings import Settings, from_environment

HTTPS = {"MAILCONNECT_ISSUER": "https://127.0.0.1:1", "MAILCONNECT_PROVIDER": "fastmail"}
TRUSTING = HTTPS | {"MAILCONNECT_TRUSTED_PROXIES": "127.0.0.1"}


def settings(environment: dict[str, str]) -> Settings:
    return from_environment(environment)


@pytest.mark.row("FL-09")
def test_an_https_issuer_without_a_trusted_web_server_is_left_to_be_set() -> None:
    line = web_server(settings(HTTPS)).line
    assert line.startswith("warn  web server")
    assert "MAILCONNECT_TRUSTED_PROXIES" in line


@pytest.mark.parametrize("environment", [TRUSTING, {}], ids=["trusted", "on this machine"])
def test_where_it_is_trusted_or_not_needed_all_is_well(environment: dict[str, str]) -> None:
    assert web_server(settings(environment)).line.startswith("ok    web server")


@pytest.mark.row("FL-09")
def test_the_doctor_says_so_with_the_settings_of_the_bridge(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["doctor", "https://127.0.0.1:1"], HTTPS) == 1  # nobody listens there
    assert "warn  web server" in capsys.readouterr().out
    main(["doctor", "https://127.0.0.1:1"], TRUSTING)
    assert "ok    web server" in capsys.readouterr().out
    main(["doctor", "https://127.0.0.1:1"], {})
    assert "web server" not in capsys.readouterr().out


@pytest.mark.row("FL-09")
@pytest.mark.anyio
@pytest.mark.parametrize(("environment", "said"), [(HTTPS, True), (TRUSTING, False)], ids=["not trusted", "trusted"])
async def test_the_start_says_so(
    capsys: pytest.CaptureFixture[str], environment: dict[str, str], *, said: bool
) -> None:
    await first_run(settings(environment), provider_of(settings(environment)))
    told = capsys.readouterr().out
    assert ("WARNING: the web server in front is not trusted" in told) == said
    assert told.endswith("\nready https://127.0.0.1:1/mcp\n")
