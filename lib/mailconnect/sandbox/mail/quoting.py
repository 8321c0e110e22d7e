"""How a reply repeats what it answers: as Gmail and mutt do, or as Outlook does."""

from datetime import datetime

from mailconnect.sandbox.mail.letter import Correspondent


def quoted(style: str, answer: str, *, original: str, sender: Correspondent, sent: datetime, subject: str) -> str:
    """The reply's whole text.  Styles: "below", "above", "outlook", or "" for no quotation."""
    match style:
        case "below":
            return f"{answer.rstrip()}\n\n{_attribution(sender, sent)}\n{_marked(original)}\n"
        case "above":
            return f"{_attribution(sender, sent)}\n{_marked(original)}\n\n{answer.strip()}\n"
        case "outlook":
            head = (
                "-----Original Message-----\n"
                f"From: {sender.name} <{sender.address}>\n"
                f"Sent: {sent:%A, %d %B %Y %H:%M}\n"
                f"Subject: {subject}\n"
            )
            return f"{answer.rstrip()}\n\n{head}\n{original.rstrip()}\n"
        case _:
            return answer


def _attribution(sender: Correspondent, sent: datetime) -> str:
    return f"On {sent:%a, %d %b %Y at %H:%M}, {sender.name} <{sender.address}> wrote:"


def _marked(text: str) -> str:
    return "\n".join(f">{line}" if line.startswith(">") else f"> {line}".rstrip() for line in text.rstrip().split("\n"))
