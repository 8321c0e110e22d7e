import json

import pytest

from mailconnect.jmap.errors import LimitExceeded, NotJSON, NotRequest, TooManyRequests, UnknownCapability
from mailconnect.jmap.refusal import refusal
from mailconnect.mail.errors import Moved, RightsMissing, Throttled, Unauthorized, UnexpectedAnswer, UpstreamFault

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
        (400, problem("urn:ietf:params:jmap:error:limit", limit="maxConcurrentRequests"), TooManyRequests),
        (400, b"\xef\xbb\xbf" + problem("urn:ietf:params:jmap:error:notJSON"), NotJSON),
        (413, problem("urn:ietf:params:jmap:error:limit", limit="maxSizeRequest"), LimitExceeded),
        (400, problem("about:blank"), UnexpectedAnswer),
        (400, b"[" * 100_000, UnexpectedAnswer),
        (400, b"\xff", UnexpectedAnswer),
        (400, b'{"type": 5}', UnexpectedAnswer),
        (403, b"Forbidden", RightsMissing),
        (404, b"<html>", Moved),
        (410, b"", Moved),
        (421, b"", Moved),
        (204, b"", UnexpectedAnswer),
        (301, b"", Moved),
        (302, b"", Moved),
        (307, b"", Moved),
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


@pytest.mark.parametrize(("wait", "told"), [("1", "in 1 second."), ("2", "in 2 seconds."), (None, "in a minute.")])
def test_one_second_is_said_in_the_singular(wait, told):
    assert refusal(429, b"", wait=wait, now=0).text.endswith(told)


@pytest.mark.row("MC-35")
@pytest.mark.parametrize("status", [400, 401, 403, 429, 500])
def test_nothing_the_provider_wrote_gets_into_an_error(status):
    error = refusal(status, problem("urn:ietf:params:jmap:error:limit", limit=SECRET), wait=SECRET, now=0)
    assert SECRET not in error.text + str(error) + repr(error) + repr(vars(error))
