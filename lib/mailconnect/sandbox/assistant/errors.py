"""Why an assistant cannot connect, or cannot use its connection.

AssistantError      at which step; holds no secret
├── ErrorStatus         the server answered with an error status
├── Denied          the authorization response carries an error (RFC 6749 §4.1.2.1)
└── ToolError       JSON-RPC answered with an error instead of a result
"""


class AssistantError(Exception):
    pass


class ErrorStatus(AssistantError):
    def __init__(self, step: str, status: int, body: str, challenge: str = "") -> None:
        """challenge: the WWW-Authenticate header."""
        asked = f" ({challenge[:300]})" if challenge else ""
        super().__init__(f"{step}: status {status}{asked}: {body[:500]}")
        self.status = status
        self.body = body
        self.challenge = challenge


class Denied(AssistantError):
    def __init__(self, code: str, description: str) -> None:
        super().__init__(f"authorization was refused: {code} {description[:300]}".rstrip())
        self.code = code


class ToolError(AssistantError):
    def __init__(self, code: int, message: str) -> None:
        super().__init__(f"JSON-RPC error {code}: {message[:500]}")
        self.code = code
