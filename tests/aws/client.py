"""botocore's clients, as `handlers/` make them, with made-up credentials."""

from functools import cache
from typing import Any

from botocore.config import Config
from botocore.session import Session


def client(service: str, config: Config, url: str = "http://127.0.0.1:1") -> Any:
    """To be closed."""
    return _session().create_client(
        service,
        region_name="eu-central-1",
        endpoint_url=url,
        aws_access_key_id="test",
        aws_secret_access_key="test",
        config=config,
    )


@cache
def _session() -> Session:
    """One, because it reads the services' descriptions once; without the machine's own settings."""
    session = Session()
    for variable in ("config_file", "credentials_file"):
        session.set_config_variable(variable, "/dev/null")
    return session
