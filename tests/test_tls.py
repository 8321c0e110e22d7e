"""Row FL-14: nothing that the environment says weakens our TLS."""

import os
import ssl
import subprocess
import sys
from pathlib import Path

import pytest

from mailconnect.outbound.aiohttp_transport import client
from mailconnect.outbound.tls import verified_context

ROOT = Path(__file__).parents[1]
OUR_OWN = ("lib", "handlers")


def test_certificates_and_names_are_verified() -> None:
    context = verified_context()
    assert context.verify_mode is ssl.CERT_REQUIRED
    assert context.check_hostname
    assert context.minimum_version is ssl.TLSVersion.TLSv1_2
    assert context.get_ca_certs()


@pytest.mark.row("FL-14")
def test_no_session_key_is_written_where_the_environment_says(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SSLKEYLOGFILE", str(tmp_path / "keys"))
    assert ssl.create_default_context().keylog_filename == str(tmp_path / "keys")
    (tmp_path / "keys").unlink()
    assert verified_context().keylog_filename is None
    assert not (tmp_path / "keys").exists()


@pytest.mark.row("FL-14")
@pytest.mark.anyio
async def test_the_same_holds_on_the_way_to_the_provider(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SSLKEYLOGFILE", str(tmp_path / "keys"))
    async with client():
        assert not (tmp_path / "keys").exists()


@pytest.mark.row("FL-14")
@pytest.mark.parametrize("folder", OUR_OWN)
def test_every_context_of_ours_is_made_there(folder: str) -> None:
    makers = ("create_default_context", "create_ssl_context", "SSLContext(")
    found = {
        str(file.relative_to(ROOT))
        for file in (ROOT / folder).rglob("*.py")
        for line in file.read_text().splitlines()
        if any(maker in line for maker in makers) and "`" not in line
    }
    assert found <= {"lib/mailconnect/outbound/tls.py", "lib/mailconnect/tls.py"}


@pytest.mark.row("FL-14")
def test_a_function_forgets_the_variable_before_any_library_reads_it() -> None:
    asked = "import os; from handlers.aws.function import prepare; prepare(); print('SSLKEYLOGFILE' in os.environ)"
    said = subprocess.run(
        [sys.executable, "-c", asked],
        cwd=ROOT,
        env=os.environ | {"SSLKEYLOGFILE": "/nowhere/keys"},
        capture_output=True,
        text=True,
        check=True,
    )
    assert said.stdout.strip() == "False"
