"""Every sentence of the consent page, and the test that shows it true.

A new sentence fails here until it is listed with its test. Sentences about others, whom no
test can check, are in SAID_OF_OTHERS with the reason for them.
"""

import ast
import re
from dataclasses import replace
from functools import cache
from html.parser import HTMLParser
from pathlib import Path

from starlette.responses import Response

from mailconnect.endpoints.pages.consent import Again, AskedAgain
from mailconnect.oauth.scopes import SCOPES
from tests.endpoints.pages.test_rendering import FASTMAIL, consent_answer

TESTS = Path(__file__).parents[2]

_LOOK = "jmap/test_allowance.py::test_a_scope_lets_through_its_methods_and_no_other"
_LEAST = (
    "mcp/tools/test_least_privilege.py::"
    "test_a_connection_that_may_only_list_folders_cannot_read_an_email_whatever_a_tool_asks"
)
_ENVELOPES = "jmap/test_allowance.py::test_metadata_alone_bring_nothing_of_a_messages_text"
_KEPT = "journeys/test_nothing_of_a_mailbox_is_kept.py::test_no_word_of_a_session_or_a_list_is_kept_or_logged"
_KNOWN = "oauth/clients/test_known_assistants.py::test_an_address_of_its_own_makes_it_known_whatever_its_name"
_IMITATION = "oauth/clients/test_known_assistants.py::test_a_known_name_at_another_address_is_an_imitation"
_GOES_TO = "endpoints/provider_sign_in/test_callback.py::test_the_code_goes_to_the_client_alone_and_is_kept_by_nobody"
_SURPLUS = (
    "journeys/test_ways_to_connect.py::test_a_token_with_more_rights_than_needed_is_pointed_out_before_it_is_stored"
)
_CONSENT = "endpoints/connect/test_consent.py::"

PROMISES: dict[str, tuple[str, ...]] = {
    # who asks, and where the answer goes
    r"poke\.com Known assistant": (_KNOWN,),
    r"app\.example Unknown here|Nobody here knows this assistant\.": (
        "oauth/clients/test_known_assistants.py::test_other_names_are_unknown",
    ),
    r"app\.example Not the known Poke|xn--\S+ Not the known Poke|Poke is at poke\.com\.": (_IMITATION,),
    r"This goes elsewhere\.|All that is certain is where it goes\.": (_GOES_TO,),
    r"Not verified|\(127\.0\.0\.1\)|\(cursor:\)|A program on this computer|An app on this device": (
        "oauth/clients/test_known_assistants.py::test_a_client_on_the_device_is_neither_known_nor_called_an_imitation",
    ),
    r"It chose its name; any(body can|program can| program can)\.|Anybody can take a name\.": (
        "oauth/clients/test_known_assistants.py::test_nobody_is_known_by_a_name",
    ),
    r"Its address has other letters than a to z: \S+|It may imitate one that you know\.": (
        "endpoints/pages/test_host_name.py::test_a_host_of_other_letters_is_shown_in_them_too",
    ),
    # what it may
    r"(And y|Y)our account's name and address\.|see your address and folders": (_LOOK,),
    r"Shared ones too\.": (
        "journeys/test_shared_accounts.py::test_a_shared_account_is_told_and_its_mailboxes_are_listed",
    ),
    r"No messages\.": (_LEAST,),
    r"Also whom you write to\.|Some subject lines hold sign-in codes\.": (
        "jmap/test_allowance.py::test_metadata_alone_bring_the_envelope",
        _ENVELOPES,
    ),
    r"Also sign-in codes and links that reset passwords\.": (_LOOK,),
    r"Names, addresses and phone numbers of other people\.": (
        "journeys/test_reading_mail.py::test_contacts_are_found_where_the_provider_has_them",
    ),
    r".+ may (only (look at|do) what is chosen above.*|(see|file|make|send|write|read) [a-z, ]+)\.": (
        _CONSENT + "test_a_scope_that_is_not_chosen_is_not_granted",
        _CONSENT + "test_a_rung_is_granted_with_all_below_it_and_the_contacts_apart",
    ),
    r"Not change\.|Not send\.|To change, move, delete or send anything\.": (
        "jmap/test_allowance.py::test_the_table_is_exactly_this",
        _LOOK,
    ),
    r"(Poke|It) gets only this\.|mailconnect keeps (Poke|it) to what you choose here\.": (
        "endpoints/provider_sign_in/test_callback.py::test_more_of_the_providers_scope_gives_the_assistant_no_more",
        _LEAST,
    ),
    r"More than this needs your yes again\.": (
        "journeys/test_reading_mail.py::test_a_connection_of_before_keeps_what_it_had_and_no_more",
        "grants/test_widening.py::test_a_writer_of_the_store_makes_no_statement",
    ),
    r"It asked for more than mailconnect offers\.|It will not get that\.": (
        _CONSENT + "test_nothing_can_be_ticked_that_was_not_asked_for",
    ),
    # what it may change and send
    r"Archive, move, flag, mark as read, put in the Trash\.": (
        "journeys/test_filing_mail.py::test_twenty_newsletters_are_archived_in_two_calls_and_come_back_with_one",
        "jmap/test_allowance.py::test_a_scope_changes_messages_in_its_own_way_only",
    ),
    r"It deletes nothing for good; your mail provider empties the Trash\.|"
    r"To delete a message for good, to change your settings or forwarding, and what you do not choose above\.": (
        "jmap/test_allowance.py::test_no_scope_destroys_messages_by_the_way",
        "jmap/test_allowance.py::test_the_table_is_exactly_this",
    ),
    r"It can remove a folder only when that is empty\.": (
        "journeys/test_filing_mail.py::test_a_folder_is_made_filled_emptied_and_deleted",
    ),
    r"Each with the site that it was made for\.|And switch one off or on\.": (
        "journeys/test_filing_mail.py::test_a_masked_address_for_a_site",
    ),
    r"Nothing leaves\.|They wait in your Drafts\.": (
        "journeys/test_drafting.py::test_an_answer_is_drafted_shown_and_edited_and_nothing_leaves",
    ),
    r"It sees your sender addresses and signatures\.": ("jmap/test_allowance.py::test_the_table_is_exactly_this",),
    r"Includes drafts\.": (
        "endpoints/pages/test_ladder.py::test_to_send_includes_drafts_and_comes_only_with_a_way_that_there_is",
    ),
    r"You see each message and press Send\.|The assistant cannot\.": (
        "sending/test_send.py::test_under_approval_nothing_leaves_at_the_assistants_word",
        "sending/test_send.py::test_the_assistants_call_sends_nothing_whatever_the_approvals_say",
    ),
    r"You wrote to them before, or they are among the contacts that you let it see\.|The rest waits for you\.": (
        "sending/test_send.py::test_under_known_a_message_leaves_to_whom_the_owner_wrote",
        "sending/test_send.py::test_under_known_a_message_leaves_to_a_contact_that_it_may_see_and_to_no_other",
        "sending/test_send.py::test_under_known_a_message_with_one_unknown_recipient_waits",
        "sending/test_send.py::test_a_stranger_who_only_wrote_to_the_owner_is_not_known_to_them",
    ),
    r"At most 20 a day\.": (
        "sending/test_send.py::test_no_more_leave_in_a_day_than_the_owner_says",
        "endpoints/account/test_sending_choice.py::test_the_consent_page_decides_how_it_may_send",
    ),
    # how to connect
    r"You sign in there\.|Fastmail’s page comes next and (will|may) say more\.": (
        "journeys/test_ways_to_connect.py::test_a_registered_client_connects_with_either_family_of_scopes",
    ),
    r"When the browser then says that the page cannot be reached, start again in the program\.": (_GOES_TO,),
    r"A read-only token is enough to look(; to draft, file or send it must be able to)?\.": (
        "journeys/test_ways_to_connect.py::test_a_read_only_token_connects_without_a_further_word",
    ),
    r"mailconnect tries it before anything is kept\.": (_SURPLUS,),
    r"This token can also send mail\.|mailconnect will not, but a thief of the token could\.": (_SURPLUS, _LOOK),
    r"Better: make a read-only one and paste it below\.": (
        "journeys/test_ways_to_connect.py::test_a_narrower_token_can_be_pasted_in_its_place",
    ),
    r"When you end the connection, delete the token there too\.": (
        "journeys/test_disconnect.py::test_an_api_token_is_forgotten_for_it_is_the_persons_own",
    ),
    # what is kept, and how it ends
    r"No messages, no contacts, no folders, no password\.": (
        _KEPT,
        "journeys/test_nothing_of_a_mailbox_is_kept.py::test_no_word_of_a_message_is_kept_or_logged_whatever_becomes_of_the_reading_process",
    ),
    r"(An access key that Fastmail gives us|Your API token), encrypted, for (Poke’s|this assistant’s) questions only; "
    r"your user name, scrambled so that nobody can read it; your choices; the dates\.": (
        "test_canary.py::test_no_secret_is_kept_or_logged",
        "grants/test_props.py::test_props_belong_to_one_grant_client_owner_and_version",
        "keys/contract.py::test_an_owner_is_64_hex_digits_that_tell_nothing",
        "test_notice.py::test_every_stored_attribute_is_in_the_notice",
    ),
    r"Privacy notice of [0-9-]+ \(new tab\)": ("test_notice.py::test_the_notice_says_from_when_it_is_in_force",),
    r"At once when you say so on your account page \(new tab\), or in the assistant\.": (
        "journeys/test_disconnect.py::test_the_next_call_is_refused_and_the_sweep_does_the_rest",
        "endpoints/oauth/test_revoke.py::test_revoking_the_refresh_token_ends_the_grant",
    ),
    r"By itself after 90 days without use, and after 365 days in any case\.": (
        "grants/tokens/test_rotation.py::test_a_refresh_token_ends_with_idleness_and_with_the_grant",
    ),
    # asked once more
    r"You took a while, so here is the question again\.|Nothing was connected\.": (
        _CONSENT + "test_a_page_is_good_for_ten_minutes",
    ),
    r"Your browser keeps no cookies for this page\.": (
        _CONSENT + "test_a_browser_that_kept_no_cookie_is_told_and_asked_anew",
    ),
    r"It has just changed what it says of itself\.": (
        "endpoints/connect/test_client_id_metadata.py::test_a_document_that_changes_while_the_person_reads_is_shown_again",
    ),
}

SAID_OF_OTHERS = {
    r"What (Poke|it) (sees|reads) goes to its makers\.|They go to its makers\.": "an assistant is its makers' program",
    r"Its page will say that mailconnect may read, change and send all your mail: Fastmail has no smaller .+\.": (
        "Fastmail's documents; docs/deploy.md names the scopes"
    ),
    r"Its page may speak of more than this\.": "another provider's page",
    r"Some mail is written to trick assistants\.|It could make this one write to strangers as you\.": (
        "what a model may be talked into: docs/threat-model.md"
    ),
    r"Mail to one that is off does not reach your inbox\.|What it moves into a folder that you share, others see\.": (
        "what the provider does with it"
    ),
    r"In Fastmail(: |, make one under )Settings, then Privacy & Security, then Connected apps & API tokens.*": (
        "Fastmail's settings"
    ),
}

ASKS_OR_NAMES = (
    r"(Problem: )?Let .+ in\?",
    r"Let .+ into your Fastmail\?",
    r"– mailconnect Skip to the page mailconnect( Step 1 of 2)?",
    r"MAILCONNECTPRIVACY NOTICE[0-9-]+",
    r"Go on only if you .+\.|If somebody else sent you the link, deny\.|Deny, unless you know this address\.",
    r"It may (look at|change|send in your name)|Nothing|File messages|Make and rename folders|Write drafts",
    r"What I approve|To people I know, without asking|To anybody, without asking",
    r"Your account's name and address",
    r"(Your|Make) masked addresses|Your messages, with attachments",
    r"Your folders and their counts|(And w|W)ho writes, when, subject lines",
    r"And the messages, with attachments|Your contacts",
    r"I asked Poke at poke\.com for this|I know \S+|I started th.+ a moment ago",
    r"Allow|Deny|Next, at Fastmail|How to connect|Use an API token instead|API token of Fastmail",
    r"Not part of this|Kept|Ends|Run by|post@example\.com|mailconnect at https://mail\.example\.com",
    r"Allow them for mail\.example\.com, then press again\.|Look again before you decide\.",
    r"Choose what it may (look at|do), or deny\.|Tick this box to allow, or deny\.|Use this one all the same|S\.",
)
"""Questions, labels and what to do: nothing that could be false."""

_BLOCKS = frozenset(["p", "h1", "h2", "h3", "li", "dt", "dd", "label", "summary", "legend", "button", "small", "div"])


class _Read(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.blocks = [""]

    def handle_starttag(self, tag: str, _: object) -> None:
        if tag in _BLOCKS or tag == "br":
            self.blocks.append("")

    def handle_endtag(self, tag: str) -> None:
        if tag in _BLOCKS:
            self.blocks.append("")

    def handle_data(self, data: str) -> None:
        self.blocks[-1] += data


def sentences(answer: Response) -> set[str]:
    page = _Read()
    page.feed(bytes(answer.body).decode())
    return {one for block in page.blocks for one in re.split(r"(?<=[.?!])\s+", " ".join(block.split())) if one}


@cache
def every_sentence() -> frozenset[str]:
    app, name = "https://app.example/cb", "App"
    token_only, part = replace(FASTMAIL, client_id=None), replace(FASTMAIL, all_or_nothing=False)
    shown = [
        consent_answer(),
        consent_answer(redirect_uri=app, name=name),
        consent_answer(redirect_uri=app, name="Poke"),
        consent_answer(redirect_uri="http://127.0.0.1:1/cb", name=name),
        consent_answer(redirect_uri="cursor://x/cb", name=name, dropped=frozenset({"x"})),
        consent_answer(redirect_uri="https://xn--pke-hoa.example/cb"),
        consent_answer(scope=frozenset(SCOPES)),
        *(consent_answer(scope=frozenset({one})) for one in SCOPES),
        consent_answer(provider=token_only),
        consent_answer(provider=token_only, scope=frozenset(SCOPES)),
        consent_answer(provider=part),
        *(
            consent_answer(
                again=AskedAgain(why=why, sentence="S.", surplus=("send mail",) if why is Again.SURPLUS else ())
            )
            for why in Again
        ),
    ]
    return frozenset().union(*map(sentences, shown))


def test_a_sentence_of_the_page_is_held_by_a_test_or_asks_or_is_said_of_others() -> None:
    patterns = (*PROMISES, *SAID_OF_OTHERS, *ASKS_OR_NAMES)
    held = {one for one in every_sentence() if any(re.fullmatch(pattern, one) for pattern in patterns)}
    assert every_sentence() - held == set(), "no test is named for these"


def test_each_promise_here_stands_on_the_page() -> None:
    for pattern in PROMISES:
        assert any(re.fullmatch(pattern, sentence) for sentence in every_sentence()), pattern


def test_the_tests_that_are_named_are_there() -> None:
    named = {test for tests in PROMISES.values() for test in tests}
    for path in sorted({test.partition("::")[0] for test in named}):
        tree = ast.parse((TESTS / path).read_text("utf-8"))
        here = {one.name for one in ast.walk(tree) if isinstance(one, ast.FunctionDef | ast.AsyncFunctionDef)}
        assert {test for test in named if test.startswith(f"{path}::")} - {f"{path}::{name}" for name in here} == set()
