"""Downloads by the session's downloadUrl (RFC 8620 §6.2)."""

import io
import zipfile
from urllib.parse import quote, urlsplit

import pytest

from mailconnect.sandbox.switches import Fault
from tests.sandbox.conftest import ALICE, FULL

pytestmark = pytest.mark.anyio


@pytest.fixture
def download(client, http):
    async def download(blob, name, kind, *, account=ALICE, token=FULL):
        url = (await client.session(FULL)).json()["downloadUrl"]
        for variable, value in (("accountId", account), ("blobId", blob), ("name", name), ("type", kind)):
            url = url.replace(f"{{{variable}}}", quote(value, safe=""))
        parts = urlsplit(url)
        return await http.get(f"{parts.path}?{parts.query}", headers={"authorization": f"Bearer {token}"})

    return download


async def test_an_attachment_comes_under_the_name_and_type_asked_for(email, download):
    [attached] = (await email("power-bill"))["attachments"]
    answer = await download(attached["blobId"], "Über/sicht.pdf", "application/pdf")
    assert answer.status_code == 200
    assert answer.content.startswith(b"%PDF-1.4")
    assert len(answer.content) == attached["size"]
    assert answer.headers["content-type"] == "application/pdf"
    assert answer.headers["content-disposition"] == (
        "attachment; filename=\"_ber/sicht.pdf\"; filename*=UTF-8''%C3%9Cber%2Fsicht.pdf"
    )
    assert "immutable" in answer.headers["cache-control"]


async def test_office_files_open(email, download):
    for part in (await email("harbour-11"))["attachments"]:
        answer = await download(part["blobId"], part["name"], part["type"])
        assert zipfile.ZipFile(io.BytesIO(answer.content)).testzip() is None


async def test_a_message_is_a_blob(email, download):
    lunch = await email("lunch-1")
    answer = await download(lunch["blobId"], "lunch.eml", "message/rfc822")
    assert len(answer.content) == lunch["size"]
    assert b"Subject: Lunch on Friday?\r\n" in answer.content


async def test_a_blob_that_is_not_there_or_not_allowed_is_refused(email, download):
    blob = (await email("lunch-1"))["blobId"]
    assert (await download("G0", "x", "text/plain")).status_code == 404
    assert (await download(blob, "x", "text/plain", account="unknown")).status_code == 404
    assert (await download(blob, "x", "text/plain", account="ub0b00000")).status_code == 404
    assert (await download(blob, "x", "not a type\r\n")).status_code == 400
    assert (await download(blob, "x", "text/plain", token="fmu1-nobody")).status_code == 401
    assert (await download(blob, "x", "text/plain", token="fmu1-sandbox-bob-full")).status_code == 404


async def test_a_shared_part_is_read_and_a_private_one_is_not(ask, download):
    bobs = await ask("Email/query", account="ub0b00000", token="fmu1-sandbox-bob-full")
    got = await ask("Email/get", account="ub0b00000", token="fmu1-sandbox-bob-full", ids=bobs["ids"])
    blobs = {email["subject"]: email["blobId"] for email in got["list"]}
    shared = await download(blobs["Team rules, second version"], "x", "message/rfc822", account="ub0b00000")
    private = await download(blobs["Surprise for Alice"], "x", "message/rfc822", account="ub0b00000")
    assert (shared.status_code, private.status_code) == (200, 404)


async def test_a_download_can_go_wrong_as_told(email, download, provider):
    blob = (await email("lunch-1"))["blobId"]
    provider.switches.add(Fault("download", answer=503, retry_after="9", times=1))
    assert (await download(blob, "x", "text/plain")).headers["retry-after"] == "9"
    provider.switches.add(Fault("download", answer="huge", size=200_000, times=1))
    assert len((await download(blob, "x", "text/plain")).content) >= 200_000
    assert provider.counters.requests["download"] == 2
