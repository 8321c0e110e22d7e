"""The names that the stack gives its functions, beside the settings of mailconnect.settings: names of resources, and no
secret.
"""

import os


class NotDeployed(Exception):
    """At import: the template did not name a resource that this function needs."""


def named(name: str) -> str:
    value = os.environ.get(name, "")
    if not value:
        raise NotDeployed(f"{name} is not set; template.yaml names it")
    return value
