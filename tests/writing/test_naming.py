import base64
import hmac

from mailconnect.writing.naming import DraftName, name_of

SECRET = b"s" * 32


def half(said: bytes, length: int) -> str:
    return base64.b32encode(hmac.digest(SECRET, said, "sha256"))[:length].decode().lower()


def test_a_message_id_is_what_it_was_in_every_version() -> None:
    """Drafts of an earlier version are found by it: it is stored at the provider."""
    named = name_of(SECRET, key="k1", content=b"hello")
    assert (
        named.message_id("example.org")
        == f"mc.{half(b'key' + bytes(1) + b'k1', 26)}.{half(b'content' + bytes(1) + b'hello', 13)}@example.org"
    )
    assert named.beginning == named.message_id("")


def test_without_a_key_the_content_is_the_key() -> None:
    named = name_of(SECRET, key=None, content=b"hello")
    assert named.key == f"mc.{half(b'content alone' + bytes(1) + b'hello', 26)}"
    assert named.content == half(b"content" + bytes(1) + b"hello", 13)
    assert name_of(SECRET, key="", content=b"hello") == named


def test_messages_of_one_key_share_a_beginning_and_differ_by_their_content() -> None:
    one, other = name_of(SECRET, key="k", content=b"1"), name_of(SECRET, key="k", content=b"2")
    assert one.key == other.key
    assert one.content != other.content


def test_no_key_no_content_and_no_other_grant_shares_a_name() -> None:
    """A key that spells what a message without one asks for is not taken for it."""
    names = {
        name_of(secret, key=key, content=content).key
        for secret in (SECRET, b"t" * 32)
        for key, content in ((None, b"x"), ("x", b"x"), ("content alone\0x", b"x"), (None, b"key\0x"))
    }
    assert len(names) == 8


def test_a_name_shows_nothing_of_itself_in_a_log() -> None:
    assert "abc" not in repr(DraftName("abc", "abc"))
