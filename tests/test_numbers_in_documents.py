"""Every number and duration in PRIVACY.md and docs/storage.md is the program's, and none is there beside those."""

import hashlib
import re
from pathlib import Path

import pytest

from mailconnect import pseudonyms
from mailconnect.approvals import marks
from mailconnect.audit import Audit
from mailconnect.composition.limits import limits
from mailconnect.endpoints.account import ended_names, export, sessions
from mailconnect.endpoints.limits import address_key, source
from mailconnect.grants import account_session, approval, sign_in, trusted_browser
from mailconnect.grants.grant import READABLE_VERSION, SCHEMA_VERSION
from mailconnect.grants.lifetimes import Lifetimes
from mailconnect.grants.provider_refresh.lease import LEASE_SECONDS
from mailconnect.grants.tokens import crossing, redemption, rotation, token
from mailconnect.grants.tokens.access import to_the_hour
from mailconnect.keys.keyfile import _KEY_BYTES
from mailconnect.local import log, sweeper
from mailconnect.mcp.versions import LATEST_LEGACY
from mailconnect.oauth import consent
from mailconnect.oauth.clients import assertion, metadata_document
from mailconnect.oauth.clients.registration_lifetime import KEPT_AFTER_GRANT, NEVER_AUTHORIZED_LIFETIME
from mailconnect.sending import attempts
from mailconnect.settings import from_environment
from mailconnect.store.audit import KEPT, Actor, What
from mailconnect.store.dynamodb import grants as dynamodb_grants
from mailconnect.store.dynamodb import table as dynamodb_table
from mailconnect.sweep.due_grants import HAND_OVER_SECONDS
from mailconnect.sweep.receipts import RECEIPT_LIFETIME
from mailconnect.sweep.revocation import GIVE_UP_AFTER, KEY_LOST_AFTER
from tests.bridge import Bridge

ROOT = Path(__file__).parents[1]
MINUTE, HOUR, DAY = 60, 3600, 86_400
PLAIN = from_environment({})
LIFETIMES = Lifetimes()
DYNAMODB_LATE = "two days"
"""DynamoDB deletes an expired item within a few days; AWS says "typically within two" (its guide on TTL)."""

_UNITS = {MINUTE: "minute", HOUR: "hour", DAY: "day"}
_WORDS = {1: "one", 2: "two", 3: "three", 4: "four", 5: "five", 10: "ten", 15: "fifteen", 30: "thirty"}
_UNIT = (
    "minutes?|hours?|days?|weeks?|months?|years?|seconds?|megabytes?|bits|bytes|cookies|networks?|rotations|cases|"
    "million|thousand|ways|release|of a million|or two"
)
NUMBER = re.compile(
    r"(?<![\w./\[-])(?!\d{4}-\d\d)\d[\d,]*\b"
    rf"|\b(?:an?|one|two|three|four|five|six|seven|eight|nine|ten|eleven|fifteen|thirty|sixty)\b(?= (?:{_UNIT})\b)",
    re.IGNORECASE,
)


def digits(seconds: int, unit: int) -> str:
    """As "30 minutes"."""
    count, rest = divmod(seconds, unit)
    assert rest == 0, seconds
    return f"{count} {_UNITS[unit]}{'s' * (count != 1)}"


def words(seconds: int, unit: int) -> str:
    """As "thirty days" or "an hour"."""
    count, rest = divmod(seconds, unit)
    assert rest == 0, seconds
    if count == 1:
        return {MINUTE: "a minute", HOUR: "an hour", DAY: "a day"}[unit]
    return f"{_WORDS[count]} {_UNITS[unit]}s"


BUCKETS = 16**source._ADDRESS_DIGITS
PARTS = 16**source._PART_DIGITS
SHARE_A_BUCKET = {4096: "four thousand addresses"}[2**32 // BUCKETS]
FEW_MINUTES_LATER = {11 * MINUTE: "fifteen minutes"}[sweeper.SWEEP_SECONDS + sweeper.ERASE_SECONDS]
LINK, OVER = words(approval.LIFETIME, HOUR), words(approval.OVER, MINUTE)
GRACE = words(LIFETIMES.refresh_grace, MINUTE)
CODE = f"{LIFETIMES.code} seconds"
IDLE, LONGEST = digits(PLAIN.refresh_idle, DAY), digits(PLAIN.grant_lifetime, DAY)
HISTORY = digits(KEPT, DAY)
A_MONTH = {30: "a month"}[dynamodb_grants.KEPT_AFTER_DUE // DAY]
A_SHARE = {100: "a hundredth"}[sweeper.SHARE]
SESSION = words(account_session.LIFETIME, MINUTE)
FIVE_MEGABYTES = {5_000_000: "the last five megabytes"}[log._LARGEST * (log._OLDER + 1)]
SHA_256_BITS = hashlib.sha256().digest_size * 8

IN_THE_NOTICE = (
    "Version 2026-11-30. In force from 30 November 2026.",  # tests/test_notice.py
    f"its token: {crossing._TAG_BYTES * 8} bits",
    "used from two networks in turn",
    f"{digits(NEVER_AUTHORIZED_LIFETIME, DAY)} if nobody connects it",
    f"otherwise {digits(KEPT_AFTER_GRANT, DAY)} beyond the latest end of its last connection",
    f"can finish it | {digits(sign_in.LIFETIME, MINUTE)} |",
    (
        f"| {digits(account_session.LIFETIME, MINUTE)}; {words(export.LINKS_SECONDS, HOUR)} for exports; "
        f"{words(sessions._SERIES_LIFETIME, DAY)} for the mark"
    ),
    f"The link opens it for {LINK}. The record goes after {words(approval.KEPT, DAY)} |",
    f"whatever breaks on the way | {digits(attempts.KEPT, HOUR)} |",
    f"sign in for each message | {digits(trusted_browser.LIFETIME, DAY)}, or until",
    f"To prove that it was erased | {digits(RECEIPT_LIFETIME, DAY)} |",
    f"So that you can see what happened | {HISTORY}, or until you have everything erased |",
    "runs wild | A minute, an hour, or a day |",  # the spans are held below
    (
        f"under one of a million marks, each of which {SHARE_A_BUCKET} share | To stop floods | An hour, or a minute "
        f"for fetches. On a disk up to {FEW_MINUTES_LATER} longer, on Amazon Web Services up to {DYNAMODB_LATE} |"
    ),
    f"two cookies for {words(consent.COOKIE_LIFETIME, HOUR)} at most",
    f"one for {SESSION} while you look at your account",
    f"it keeps one for {words(ended_names._LIFETIME, MINUTE)} with the names",
    f"it keeps one for {words(trusted_browser.LIFETIME, DAY)}, with a random number",
    f"one of a million numbers instead. About {SHARE_A_BUCKET} share each number",
    f"one of {BUCKETS * PARTS // 10**6} million numbers",
    "can be opened in three ways only: with a token that the assistant holds and we do not, for",
    f"{LINK} with the link by which you approve a message, or with the operator's sealing key",
    f"ends by itself after {IDLE} without use, and after {LONGEST} in any case",
    f"ask nothing any more after {words(PLAIN.access_lifetime, HOUR)} at most",
    f"we try for {digits(GIVE_UP_AFTER, DAY)} and then erase",
    f"we try for {digits(KEY_LOST_AFTER, DAY)}",
)

IN_STORAGE = (
    f"of a secret of {token._SECRET_BYTES * 8} random bits",
    f"at the latest after {digits(GIVE_UP_AFTER, DAY)} of trying",
    f"is erased {digits(KEY_LOST_AFTER, DAY)} after its end",
    f"{token.GRANT_ID_BYTES * 8} random bits that name the grant",
    f"{PLAIN.grant_lifetime // (365 * DAY)} year after its beginning unless set otherwise",
    f"after the code's {CODE}, then {IDLE} after the latest token",
    f"It is redeemed once, within {CODE}.",
    f"the end of its {CODE}",
    f"An access token is valid for {digits(PLAIN.access_lifetime, HOUR)},",
    f"with the same tokens again: {GRACE} |",
    f"up to {_WORDS[rotation._REMEMBERED]} rotations before that, while their {GRACE} run",
    f"{redemption._FAMILY_KEY_BYTES * 8} random bits that mark this grant's refresh tokens",
    f"{crossing._TAG_BYTES * 8} bits of an HMAC of the wide network",
    "of one or two networks that used one token in turn",
    f"{SHA_256_BITS} bits that a statement of the owner is authenticated with",
    "and how many a day",
    "the bearer can tell whether a network is the same",
    f"when another may be tried: {LEASE_SECONDS} seconds",
    f"the sweep erases {words(HAND_OVER_SECONDS, MINUTE)} after it",
    f"(MCP {LATEST_LEGACY})",
    "All times are whole seconds since 1970.",
    "(folder 0700, files 0600). A folder that was there before and that other users can open is made 0700",
    "one file of mode 0600",  # tests/test_data_folder.py and tests/store/sqlite hold the modes
    "0 where an older version kept these facts",
    "0 where they agreed",
    f"is deleted after {digits(NEVER_AUTHORIZED_LIFETIME, DAY)}",
    f"not connected after {words(metadata_document.LIFETIME, HOUR)}, and both {digits(KEPT_AFTER_GRANT, DAY)} after",
    f"on AWS within {DYNAMODB_LATE}, on one machine with the next sweep",
    f"when that browser comes back with that state | {digits(sign_in.LIFETIME, MINUTE)} |",
    f"so that no sign-in is finished twice | clear | `web` | {digits(sign_in.LIFETIME, MINUTE)} |",
    (
        f"until {words(assertion._REMEMBERED - assertion.CLOCK_SKEW, MINUTE)} after its end, and as long as clocks may "
        f"differ: {digits(assertion.CLOCK_SKEW + assertion.LONGEST + assertion._REMEMBERED, MINUTE)} |"
    ),
    f"{address_key._BYTES * 8} random bits under which addresses are counted in that hour",
    f"nothing else is in it | clear | `web` | {digits(sign_in.DENIED_LIFETIME, MINUTE)} |",
    f"comes with it | {digits(account_session.LIFETIME, MINUTE)} |",
    f"ends them all | clear, under the HMAC | `web` | {words(sessions._SERIES_LIFETIME, DAY)} |",
    f"{digits(attempts.KEPT, HOUR)} from the first attempt on",
    f"{digits(export.LINK_LIFETIME, MINUTE)}, or until it is fetched |",
    f"`exported:<owner>:<0 to {export.MAX_LINKS - 1}>`",
    f"lately: nothing else is in it | clear, under the HMAC | `web` | {words(export.LINKS_SECONDS, HOUR)} |",
    f"under the number that they were given | clear | `web` | {digits(RECEIPT_LIFETIME, DAY)} |",
    f"who has the number | {digits(RECEIPT_LIFETIME, DAY)} |",
    f"one of {BUCKETS:,} numbers, made by an HMAC: some {SHARE_A_BUCKET} share each number. All limits of an hour",
    f"one of {PARTS} parts of the number of the /48 around it, {(BUCKETS * PARTS).bit_length() - 1} bits in all",
    f"of {BUCKETS:,} cases",
    f"From a number alone the thief gets {SHARE_A_BUCKET}",
    (
        f"deletes a counter within {words(sweeper.SWEEP_SECONDS, MINUTE)} of its end, and the file is rewritten within "
        f"the next {words(sweeper.ERASE_SECONDS, MINUTE)}"
    ),
    f"DynamoDB deletes a counter up to {DYNAMODB_LATE} late",
    f"A grant is counted under a hash of {len(pseudonyms.grant_hash('')) * 4} bits",
    "the window: a minute, an hour or a day |",
    f"when its {HISTORY} are over",
    "`id` | the time, and 96 random bits;",  # of audit.Audit: held below
    "the hour, and 96 bits of a hash of the hour and the grant",
    f"the record's end, {HISTORY} after it happened",
    (
        f"is kept for {LINK} and {OVER}: the link opens the message for {LINK}, and the page says for "
        f"{OVER.replace(' ', ' more ')} that the link has expired"
    ),
    f"A decision is kept for {digits(approval.KEPT, HOUR)}",
    f"`approval:` and {approval._NUMBER_BYTES * 8} bits of a hash",
    f"{approval.SEED_BYTES * 8} random bits from which",
    f"the end of the link, {LINK} later",
    f"{marks._MARK_BYTES} bytes of the SHA-256 of each of the first {marks._MAX:,} lines",
    f"hash | `web`, `sweep` | {digits(trusted_browser.LIFETIME, DAY)}, or until it is forgotten",
    f"its end, {digits(trusted_browser.LIFETIME, DAY)} later; using it prolongs nothing",
    f"can be taken back by {_WORDS[READABLE_VERSION - SCHEMA_VERSION]} release",
    f"| grants | 0 to {dynamodb_grants.DUE_SHARDS - 1}, from the grant's id",
    f"{dynamodb_table._WRITE_ID_BYTES * 8} random bits that name the latest write",
    (
        f"a grant {digits(dynamodb_grants.KEPT_AFTER_DUE, DAY)} after its `due_at`, what waits in the outbox "
        f"{digits(dynamodb_grants.KEPT_AFTER_DUE, DAY)} after the grant's `expires_at`"
    ),
    f"DynamoDB deletes an item up to {DYNAMODB_LATE} after its `ttl`",
    f"for a `sweep` that has not run for {A_MONTH}",
    f"can cause no line in it | {FIVE_MEGABYTES} |",
    f"one line {words(log._MINUTE, MINUTE)} for each kind | {FIVE_MEGABYTES} |",
    f"no address, query, header or content | {FIVE_MEGABYTES} |",
    *(f"`{name}.log`, `{name}.log.1` to `.{log._OLDER}`" for name in ("audit", "events", "requests")),
    f"at most every {words(sweeper.ERASE_SECONDS, MINUTE)}, and for no more than {A_SHARE} of the time",
    f"`id` and `key` ({_KEY_BYTES * 8} random bits)",
    f"`owner_key` | {_KEY_BYTES * 8} random bits, the key of the owners' HMACs",
)


def read(name: str) -> str:
    return " ".join((ROOT / name).read_text("utf-8").split())


@pytest.mark.parametrize(("name", "said"), [("PRIVACY.md", IN_THE_NOTICE), ("docs/storage.md", IN_STORAGE)])
def test_each_number_in_it_is_the_programs_and_there_is_no_other(name: str, said: tuple[str, ...]) -> None:
    text = read(name)
    assert [one for one in said if one not in text] == []
    for one in said:
        text = text.replace(one, "")
    found = [text[max(0, at.start() - 40) : at.end() + 20] for at in NUMBER.finditer(text)]
    assert found == [], "add each to the sentences above, with the number that the program has"


def test_a_use_is_noted_to_the_hour() -> None:
    assert to_the_hour(5 * HOUR + 3599) == 5 * HOUR


@pytest.mark.anyio
async def test_an_events_id_has_96_random_bits(bridge: Bridge) -> None:
    asked: list[int] = []

    def entropy(count: int) -> bytes:
        asked.append(count)
        return bytes(count)

    kept = Audit(bridge.adapters.stores.audit.events, bridge.clock, entropy)
    await kept.of_owner(What.LISTED, "o", Actor.OWNER)
    assert asked == [96 // 8]


def test_requests_are_counted_for_a_minute_an_hour_or_a_day(bridge: Bridge) -> None:
    of = limits(bridge.adapters.stores)
    assert of.hosted.maximum == 10 * of.registrations.each.maximum
    assert (of.assertions.maximum, of.assertions.seconds) == (600, MINUTE)
    hourly = (of.registrations, of.decisions, of.failures)
    assert {one.seconds for each in hourly for one in (each.each, each.together, each.reserve)} == {HOUR}
    assert {one.seconds for one in (of.fetches.each, of.fetches.together, of.fetches.reserve)} == {MINUTE}
    assert {one.seconds for one in (*of.calls, of.refreshes, of.assertions)} == {MINUTE, HOUR, DAY}
