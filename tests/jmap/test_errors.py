import pytest

from mailconnect.jmap import errors
from mailconnect.mail import errors as mail


def family(error=mail.MailboxError):
    yield error
    for child in error.__subclasses__():
        if child.__module__ in {errors.__name__, mail.__name__}:  # other rooms add their own
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
        drawing = mail.__doc__ if error.__module__ == mail.__name__ else errors.__doc__
        assert error.__name__ in (drawing or "")


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
    class Renew(mail.MailboxError):
        sentence = "Ask the person to reconnect."

    assert Renew("why").text == "Ask the person to reconnect."
