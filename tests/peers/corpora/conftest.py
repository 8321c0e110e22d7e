from pathlib import Path

import pytest

from tests.peers.cache import PeerUnavailableError
from tests.peers.corpora.fetched import fetched


@pytest.fixture(scope="session")
def corpora() -> Path:
    try:
        return fetched()
    except PeerUnavailableError as missing:
        pytest.fail(str(missing), pytrace=False)
