import pytest

from lib.jmap import errors


def family(error=errors.MailboxError):
    yield error
    for child in error.__subclasses__():
        if child.__module__ == errors.__name__:  # other rooms add their own
            yield from family(child)


@pytest.mark.parametrize("error", sorted(set(family()), key=lambda one: one.__name__))
def test_every_error_tells_a_model_what_to_do_next(error):
    text = error("detail").text
    assert text.count(".") >= 2
    assert text.endswith(".")
    assert "detail" not in text
    assert "JMAP" not in text


def test_every_error_stands_in_the_drawing():
    for error in family():
        assert error.__name__ in (errors.__doc__ or "")


def test_the_types_of_rfc_8620_are_all_known():
    methods = """serverUnavailable serverFail serverPartialFail unknownMethod invalidArguments invalidResultReference
    forbidden accountNotFound accountNotSupportedByMethod accountReadOnly requestTooLarge stateMismatch
    cannotCalculateChanges anchorNotFound unsupportedSort unsupportedFilter tooManyChanges fromAccountNotFound
    fromAccountNotSupportedByMethod"""
    assert set(methods.split()) | {"resultReference"} == set(errors.METHOD_ERRORS)
    assert {kind.rsplit(":", 1)[1] for kind in errors.REQUEST_ERRORS} == {
        "unknownCapability",
        "notJSON",
        "notRequest",
        "limit",
    }


def test_another_room_can_add_its_own_reason():
    class Renew(errors.MailboxError):
        sentence = "Ask the person to reconnect."

    assert Renew("why").text == "Ask the person to reconnect."
