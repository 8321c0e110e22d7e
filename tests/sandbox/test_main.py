"""The sandbox as its own process: announced, killed, started again, stopped."""

import base64
import os
import re
import signal
import subprocess
import sys
from pathlib import Path

import httpx
import pytest

from mailconnect.sandbox.__main__ import main, real_server_of
from mailconnect.sandbox.settings import SettingsError, mailconnect_of, port_of

pytestmark = [pytest.mark.anyio, pytest.mark.process]

ROOT = Path(__file__).parents[2]


@pytest.fixture
def started():
    processes: list[subprocess.Popen[str]] = []

    def start(**environment: str) -> tuple[subprocess.Popen[str], str]:
        inherited = {name: value for name, value in os.environ.items() if not name.startswith(("SANDBOX", "MAILC"))}
        process = subprocess.Popen(
            [sys.executable, "-m", "mailconnect.sandbox"],
            cwd=ROOT,
            env={**inherited, "MAILCONNECT_SANDBOX_PORT": "0", **environment},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        processes.append(process)
        announced = process.stdout.readline()
        found = re.search(r"http://127\.0\.0\.1:\d+", announced)
        assert found, announced
        return process, found[0]

    yield start
    for process in processes:
        if process.poll() is None:
            process.kill()
        process.wait()
        process.stdout.close()


@pytest.mark.parametrize("stopping", [signal.SIGTERM, signal.SIGINT])
async def test_it_stops_cleanly(started, stopping):
    process, issuer = started()
    async with httpx.AsyncClient(base_url=issuer) as http:
        metadata = await http.get("/.well-known/oauth-authorization-server")
        assert metadata.json()["issuer"] == issuer
        process.send_signal(stopping)
        assert process.wait(10) == 0
    assert process.stdout.read() == ""


async def test_kill_9_loses_no_token(started, client, tmp_path):
    data = str(tmp_path / "sandbox.sqlite3")
    process, issuer = started(SANDBOX_DATA=data)
    async with httpx.AsyncClient(base_url=issuer) as client.http:
        tokens = await client.connect()
        tokens = (await client.refresh(tokens["refresh_token"])).json()
        process.kill()
        process.wait()
    _, issuer = started(SANDBOX_DATA=data)
    async with httpx.AsyncClient(base_url=issuer) as client.http:
        assert (await client.session(tokens["access_token"])).status_code == 200
        assert (await client.refresh(tokens["refresh_token"])).status_code == 200


def test_a_port_that_is_taken_is_said(started, capsys):
    _, issuer = started()
    assert main({"MAILCONNECT_SANDBOX_PORT": issuer.rpartition(":")[2]}) == 2
    assert "is taken" in capsys.readouterr().err


@pytest.mark.parametrize("port", ["x", "-1", "65536", "٣"])
def test_a_port_that_is_none_is_said(port, capsys):
    assert main({"MAILCONNECT_SANDBOX_PORT": port}) == 2
    assert "MAILCONNECT_SANDBOX_PORT" in capsys.readouterr().err


def test_without_a_word_the_port_is_8788():
    assert port_of({}) == port_of({"MAILCONNECT_SANDBOX_PORT": ""}) == 8788


def test_redirect_uris_can_be_added_to_the_registered_client():
    client = mailconnect_of({"SANDBOX_REDIRECT_URIS": "https://a.example/cb https://b.example/cb"})
    assert client.redirect_uris[1:] == ("https://a.example/cb", "https://b.example/cb")


def test_a_real_server_needs_a_key_file(tmp_path):
    assert real_server_of({}) is None
    key = tmp_path / "key"
    key.write_bytes(base64.b64encode(b"k" * 32) + b"\n")
    real = real_server_of({"SANDBOX_JMAP": "http://127.0.0.1:8008/jmap/", "SANDBOX_JMAP_KEY": str(key)})
    assert (real.session_url, real.key) == ("http://127.0.0.1:8008/jmap/", b"k" * 32)
    assert "kkk" not in repr(real)
    for wrong in (str(tmp_path / "nothing"), ""):
        with pytest.raises(SettingsError):
            real_server_of({"SANDBOX_JMAP": "http://127.0.0.1:8008/jmap/", "SANDBOX_JMAP_KEY": wrong})


async def test_a_switch_set_from_outside_takes_the_connection_away(started):
    _, issuer = started()
    drop = {"faults": [{"endpoint": "metadata", "answer": "drop", "times": 1}]}
    async with httpx.AsyncClient(base_url=issuer) as http:
        assert (await http.post("/sandbox/switches", json=drop)).status_code == 200
        with pytest.raises((httpx.RemoteProtocolError, httpx.ReadError)):
            await http.get("/.well-known/oauth-authorization-server")
        assert (await http.get("/.well-known/oauth-authorization-server")).status_code == 200
