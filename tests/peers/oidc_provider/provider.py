"""A mail provider whose sign-in is `oidc-provider` (OpenID-certified), and whose mailboxes are on Cyrus IMAP."""

import json
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from mailconnect.sandbox.browser import Form
from mailconnect.sandbox.person import Decision, Person
from tests.peers.cyrus.cyrus import Cyrus
from tests.peers.node import Node

FOLDER = Path(__file__).parent
_LONGEST_STOP = 10


@dataclass(frozen=True, slots=True)
class OidcProvider:
    issuer: str
    session_url: str
    well_known: str
    """Redirects to the session."""
    client_id: str

    @classmethod
    @contextmanager
    def started(cls, node: Node, cyrus: Cyrus, *, access_token_seconds: int) -> Iterator[Self]:
        """Raises PeerUnavailableError."""
        node.install_packages(FOLDER)
        command = [str(node.program), "server.mjs", cyrus.jmap_url, str(cyrus.jwt_key_file), str(access_token_seconds)]
        with subprocess.Popen(
            command, cwd=FOLDER, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
        ) as process:
            assert process.stdin
            assert process.stdout
            try:
                yield cls(**json.loads(_announcement(process.stdout)))
                process.stdin.close()
                assert process.wait(_LONGEST_STOP) == 0
            finally:
                process.kill()


def _announcement(lines: Iterator[str]) -> str:
    return next(line for line in lines if line.startswith("{"))


class PersonAtOidcProvider(Person):
    """Its form calls the user name a login."""

    def _filled(self, form: Form, consent: Decision, sign_in: Decision) -> dict[str, str]:
        filled = super()._filled(form, consent, sign_in)
        if "login" in form.names:
            filled["login"] = filled.pop("username")
        return filled
