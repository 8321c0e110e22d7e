"""The sentences for an owner whose API token cannot be used."""

import pytest

from mailconnect.endpoints.provider_sign_in.why_refused import why_refused
from mailconnect.mail.errors import (
    MailboxError,
    NoMailAccount,
    NotAnswering,
    Throttled,
    Unauthorized,
    UpstreamFault,
)
from mailconnect.provider.any_jmap import any_jmap
from mailconnect.provider.fastmail import ScopeFamily, fastmail

FASTMAIL = fastmail(None, ScopeFamily.MAIL)
OTHER = any_jmap(session_url="https://mail.example.com/jmap", name="Example Mail")


@pytest.mark.parametrize(
    ("api_token", "error", "said"),
    [
        ("fmu1-canary", Unauthorized("401"), "Its type must be JMAP"),
        ("abcd efgh ijkl mnop", Unauthorized("401"), "A password, an app password included, does not work here."),
        ("fma1-canary", Unauthorized("401"), "those begin with fmu1-"),
        ("fmu1-canary", NoMailAccount(), "reaches no mail account"),
        ("fmu1-canary", Throttled("429"), "Try again in a few minutes."),
        ("fmu1-canary", NotAnswering(), "Try again in a minute."),
        ("fmu1-canary", UpstreamFault("500"), "Try again in a minute."),
    ],
)
def test_a_person_is_told_what_to_do_next(api_token: str, error: MailboxError, said: str) -> None:
    told = why_refused(error, FASTMAIL, api_token)
    assert said in told
    assert api_token not in told


def test_of_another_provider_no_prefix_is_expected() -> None:
    told = why_refused(Unauthorized("401"), OTHER, "abcd efgh")
    assert told == "This API token is not one that Example Mail accepts for mail. Check it, or make a new one."
