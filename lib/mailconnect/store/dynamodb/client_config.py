"""How botocore is to talk to DynamoDB: short waits, few attempts, one warm connection. Built once, in `handlers/`.

The longest that one call can take, and an assistant waits for it (faults F-21, F-46):

    DynamoDB refuses at once (throttled, 5xx)    3 answers and up to 3 s of pauses between them
    DynamoDB accepts and does not answer         3 x 1 s, and the same again where a lost response is looked up
    DynamoDB cannot be reached                   3 x 1 s
"""

from botocore.config import Config  # type: ignore[import-untyped]


def dynamodb_config() -> Config:
    return Config(
        # Seconds. DynamoDB answers within 10 ms; what takes a hundred times that is best asked anew. The first covers
        # the TLS handshake too, of which a cold start makes one.
        connect_timeout=1,
        read_timeout=1,
        # `standard`: pauses grow and are random, and a budget of retries keeps an outage from being answered with a
        # storm. Not `adaptive`: it slows a whole client down, and one throttled grant would slow all others.
        retries={"mode": "standard", "total_max_attempts": 3},
        # A function frozen between two requests finds out at once, and not by a timeout, that its connection is gone.
        tcp_keepalive=True,
    )
