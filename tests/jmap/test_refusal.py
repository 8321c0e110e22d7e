import json

import pytest

from mailconnect.jmap.errors import LimitExceeded, NotJSON, NotRequest, UnknownCapability
from mailconnect.jmap.refusal import refusal
from mailconnect.mail.errors import Throttled, Unauthorized, UnexpectedAnswer, UpstreamFault

SECRET = "Bearer fmu1-secret"


def problem(kind, **more):
    return json.dumps({"type": kind, "status": 400, "detail": SECRET, **more}).encode()


@pytest.mark.parametrize(
    ("status", "body", "kind"),
    [
        (401, b"No Authorization header", Unauthorized),
        (401, b"<!DOCTYPE html>", Unauthorized),
        (429, problem("urn:ietf:params:jmap:error:limit"), Throttled),
        (500, b"oops", UpstreamFault),
        (503, b"", UpstreamFault),
        (599, b"", UpstreamFault),
        (400, problem("urn:ietf:params:jmap:error:unknownCapability"), UnknownCapability),
        (400, problem("urn:ietf:params:jmap:error:notJSON"), NotJSON),
        (400, problem("urn:ietf:params:jmap:error:notRequest"), NotRequest),
        (400, problem("urn:ietf:params:jmap:error:limit", limit="maxObjectsInGet"), LimitExceeded),
        (413, problem("urn:ietf:params:jmap:error:limit", limit="maxSizeRequest"), LimitExceeded),
        (400, problem("about:blank"), UnexpectedAnswer),
        (400, b"[" * 100_000, UnexpectedAnswer),
        (400, b"\xff", UnexpectedAnswer),
        (400, b'{"type": 5}', UnexpectedAnswer),
        (403, b"Forbidden", UnexpectedAnswer),
        (404, b"<html>", UnexpectedAnswer),
        (204, b"", UnexpectedAnswer),
        (301, b"", UnexpectedAnswer),
        (302, b"", UnexpectedAnswer),
        (307, b"", UnexpectedAnswer),
    ],
)
def test_each_status_has_its_error(status, body, kind):
    assert type(refusal(status, body, wait=None, now=0)) is kind


@pytest.mark.row("F-02")
@pytest.mark.parametrize("status", [429, 503])
def test_the_time_to_wait_is_kept_and_told(status):
    error = refusal(status, b"", wait="30", now=0)
    assert error.retry_after == 30
    assert "30 seconds" in error.text


@pytest.mark.row("MC-35")
@pytest.mark.parametrize("status", [400, 401, 403, 429, 500])
def test_nothing_the_provider_wrote_gets_into_an_error(status):
    error = refusal(status, problem("urn:ietf:params:jmap:error:limit", limit=SECRET), wait=SECRET, now=0)
    assert SECRET not in error.text + str(error) + repr(error) + repr(vars(error))
