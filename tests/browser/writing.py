"""An assistant that may send what its owner approves, and the messages that it asks about."""

from dataclasses import dataclass
from typing import Any

from mailconnect.sandbox.assistant.assistant import Assistant
from tests.browser.served import Served
from tests.browser.visitor import Visitor

KNOWN = "jonas@frei.example"
"""In alice's address book."""
NEW = "ola.berg@nordlys.example"
_TOKEN = {"authorization": "Bearer fmu1-sandbox-alice-full"}
_USING = ["urn:ietf:params:jmap:core", "urn:ietf:params:jmap:mail", "urn:ietf:params:jmap:submission"]
PLAIN = (
    "Hi Ola,\n\nhere is the second version of the contract. The changes Anna asked for are on pages 2 and 5. Please "
    "sign and send it back by Friday.\n\nThe bank details are at https://example.com/pay\n\nBest regards\nAlice"
)
HTML = (
    "<p>Hi Ola,</p><p>here is the second version of the contract. The changes Anna asked for are on pages 2 and 5. "
    'Please sign and send it back by Friday.</p><p>The bank details are <a href="https://example.com/pay">here</a>'
    " (https://example.com/pay).</p><p>Best regards<br>Alice</p>"
)


@dataclass
class Writing:
    served: Served
    assistant: Assistant

    @classmethod
    def connected(cls, visitor: Visitor, name: str = "Poke") -> "Writing":
        """By a visitor who chose "What I approve"."""
        assistant = visitor.served.assistant(name)
        visitor.ask(assistant)
        visitor.page.get_by_label("And the messages, with attachments").check()
        visitor.page.get_by_label("What I approve").check()
        visitor.press("Allow")
        visitor.sign_in()
        visitor.served.run(assistant.finish(visitor.back_at_the_assistant()))
        return cls(visitor.served, assistant)

    def draft(self, *to: str, plain: str = PLAIN, html: str = "", names: bool = True, cc: tuple[str, ...] = ()) -> str:
        """Its id: written past mailconnect, as another mail program would."""
        values = {"t": {"value": plain}} | ({"h": {"value": html}} if html else {})
        email: dict[str, Any] = {
            "mailboxIds": {self._drafts(): True},
            "keywords": {"$draft": True},
            "from": [{"name": "Alice", "email": "alice@sandbox.test"}],
            "to": [{"name": _name(one) if names else None, "email": one} for one in to],
            "subject": "Re: Contract, second version",
            "bodyValues": values,
            "textBody": [{"partId": "t", "type": "text/plain"}],
        }
        if cc:
            email["cc"] = [{"email": one} for one in cc]
        if html:
            email["htmlBody"] = [{"partId": "h", "type": "text/html"}]
        created = self.jmap("Email/set", {"create": {"d": email}})
        return str(created["created"]["d"]["id"])

    def edited(self, draft_id: str, plain: str, *to: str) -> str:
        """Another message in its place, as a webmail saves it."""
        got = self.jmap("Email/get", {"ids": [draft_id], "properties": ["messageId"]})
        [message_id] = got["list"][0]["messageId"]
        email = {
            "mailboxIds": {self._drafts(): True},
            "keywords": {"$draft": True},
            "messageId": [message_id],
            "from": [{"name": "Alice", "email": "alice@sandbox.test"}],
            "to": [{"name": _name(one), "email": one} for one in to],
            "subject": "Re: Contract, second version",
            "bodyValues": {"t": {"value": plain}},
            "textBody": [{"partId": "t", "type": "text/plain"}],
        }
        made = self.jmap("Email/set", {"create": {"d": email}, "destroy": [draft_id]})
        return str(made["created"]["d"]["id"])

    def ask(self, draft_id: str, *recipients: str) -> str:
        """The link that the assistant is given for its owner, without the origin."""
        text = self.send(draft_id, *recipients)
        assert text.startswith("waiting"), text
        start = text.index(f"{self.served.issuer}/approve?link=")
        return text[start:].split()[0].removeprefix(self.served.issuer)

    def send(self, draft_id: str, *recipients: str) -> str:
        """What send_draft says."""
        answered = self.served.run(
            self.assistant.call_tool("send_draft", {"draftId": draft_id, "recipients": [*recipients]})
        )
        return str(answered["content"][0]["text"])

    def jmap(self, method: str, arguments: dict[str, Any]) -> dict[str, Any]:
        session = self.served.run(self.served.http.get(f"{self.served.sandbox}/jmap/session", headers=_TOKEN)).json()
        account = session["primaryAccounts"]["urn:ietf:params:jmap:mail"]
        call = {"using": _USING, "methodCalls": [[method, {"accountId": account} | arguments, "0"]]}
        answered = self.served.run(self.served.http.post(session["apiUrl"], json=call, headers=_TOKEN)).json()
        name, result, _ = answered["methodResponses"][0]
        assert name == method, result
        return dict(result)

    def _drafts(self) -> str:
        found = self.jmap("Mailbox/query", {"filter": {"role": "drafts"}})
        return str(found["ids"][0])


def _name(email: str) -> str:
    return email.partition("@")[0].replace(".", " ").title()
