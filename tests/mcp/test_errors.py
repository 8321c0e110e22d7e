import pytest

from mailconnect.mcp import errors


@pytest.mark.row("MC-19")
def test_codes_are_json_rpcs_own_or_defined_by_the_specification():
    codes = {error.code for error in errors.ProtocolError.__subclasses__()}
    assert codes == {-32700, -32600, -32601, -32602, -32603, -32020, -32021, -32022, -32042}


def test_every_error_stands_in_the_drawing_with_its_code():
    for error in errors.ProtocolError.__subclasses__():
        line = next(line for line in (errors.__doc__ or "").splitlines() if error.__name__ in line)
        assert str(error.code) in line


def test_insufficient_scope_is_no_json_rpc_error():
    assert not issubclass(errors.InsufficientScope, errors.ProtocolError)
