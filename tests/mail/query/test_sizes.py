import pytest

from mailconnect.mail.query.errors import QueryError
from mailconnect.mail.query.sizes import octets


@pytest.mark.parametrize(
    ("text", "size"),
    [
        ("1", 1),
        ("5000", 5_000),
        ("1b", 1),
        ("10k", 10_000),
        ("10KB", 10_000),
        ("10 KiB", 10_000),
        ("5M", 5_000_000),
        ("1.5 MB", 1_500_000),
        ("0.25M", 250_000),
        ("1.125k", 1_125),
        ("2.05g", 2_050_000_000),
        ("0.001k", 1),
        ("1000G", 10**12),
        (" 7 ", 7),
    ],
)
def test_a_size_is_octets_or_a_number_with_a_unit(text, size):
    assert octets(text) == size


@pytest.mark.parametrize(
    "text", ["", "0", "0.0001", "0.0004k", "-5", "+5", "5 T", "M", "5x", "1,5M", ".5M", "1000.001G", "1" * 16, "٣"]
)
def test_a_text_that_is_no_size_is_refused(text):
    with pytest.raises(QueryError, match="is not a size; write octets, or a number with k, M or G, such as `5M`"):
        octets(text)
