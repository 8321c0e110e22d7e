import pytest

from tests.infra.environment import EnvironmentUnavailableError, sam
from tests.infra.template import Deployment, document


@pytest.fixture(scope="session", autouse=True)
def tools() -> None:
    try:
        sam()
    except EnvironmentUnavailableError as missing:
        pytest.fail(str(missing), pytrace=False)


@pytest.fixture
def deployment(tools: None) -> Deployment:
    """As an operator gets it who changes nothing."""
    outputs = document("infra/state.yaml")["Outputs"]
    return Deployment(document(), {name: f"the {name}" for name in outputs})
