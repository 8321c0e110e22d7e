"""The modules that a snapshot takes along (SnapStart): a first call would import them otherwise.

A start without a snapshot imports none of it. Its first call then imports what that call needs, and no more.
"""

import importlib
import os
import pkgutil


def is_made() -> bool:
    """Whether this start ends in a snapshot (AWS Lambda Developer Guide, "Defined runtime environment variables")."""
    return os.environ.get("AWS_LAMBDA_INITIALIZATION_TYPE") == "snap-start"


def take_along(*packages: str) -> None:
    """Imports all modules of these packages, if this start ends in a snapshot."""
    if not is_made():
        return
    for package in packages:
        for module in pkgutil.walk_packages(importlib.import_module(package).__path__, f"{package}."):
            importlib.import_module(module.name)
