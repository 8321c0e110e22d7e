import pytest

from mailconnect.grants.props import Props, SessionFacts
from mailconnect.mail.mailbox.mailbox import ALL_RIGHTS, Branch, Mailbox
from tests.jmap.mailbox.test_mailboxes import mailbox

CANARY = "canary"


@pytest.mark.parametrize(
    "record",
    [
        Props(access_token=CANARY, refresh_token=CANARY),
        SessionFacts(api_url=CANARY, account_id=CANARY, state=CANARY),
        Mailbox(CANARY, CANARY, 0, 0, 0, 0, ALL_RIGHTS),
        Branch(mailbox(CANARY), CANARY, 0),
    ],
    ids=lambda record: type(record).__name__,
)
def test_a_repr_says_what_it_is_and_not_what_is_in_it(record):
    assert repr(record) == f"{type(record).__name__}(…)"
    assert CANARY not in f"{record} {[*record.__rich_repr__()]}"
