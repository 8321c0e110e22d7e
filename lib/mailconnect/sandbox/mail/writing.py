"""A letter as the message that arrived: raw RFC 5322 bytes with CRLF, the same for the same anchor."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from typing import Any

from mailconnect.sandbox.mail.files.ics import ics
from mailconnect.sandbox.mail.files.office import docx, odt, pptx, xlsx
from mailconnect.sandbox.mail.files.pdf import pdf
from mailconnect.sandbox.mail.files.png import png
from mailconnect.sandbox.mail.letter import Correspondent, Letter, correspondent
from mailconnect.sandbox.mail.quoting import quoted
from mailconnect.sandbox.mail.when import filled

AUTHSERV_ID = "mx.sandbox.test"
"""The name that the sandbox's own Authentication-Results carry (RFC 8601 §2.5); other names are forgeries."""
OWN_DOMAIN = "sandbox.test"


def written(letter: Letter, known: Mapping[str, Letter], anchor: datetime) -> bytes:
    """known: every letter by its key, for what is answered and what is attached."""
    sent = letter.received_at(anchor) - timedelta(seconds=47)
    if letter.raw:
        return _odd(letter, sent)
    sender = correspondent(letter.from_)
    message = EmailMessage(policy=SMTP)
    message["From"] = _address(sender)
    for name, listed in (("To", letter.to), ("Cc", letter.cc), ("Bcc", letter.bcc)):
        if listed:
            message[name] = tuple(_address(correspondent(key)) for key in listed)
    message["Subject"] = filled(letter.subject, sent)
    message["Date"] = _date(sent, sender.zone)
    message["Message-ID"] = f"<{letter.message_id}>"
    if letter.answers:
        above = ancestors(letter, known)
        message["In-Reply-To"] = f"<{above[-1]}>"
        message["References"] = " ".join(f"<{name}>" for name in above)
    for name, value in letter.headers.items():
        for each in [value] if isinstance(value, str) else value:
            message[name] = filled(each, sent)
    _body(message, letter, known, anchor, sent)
    for number, part in enumerate(part for part in message.walk() if part.is_multipart()):
        if part.get_content_maintype() == "multipart":
            part.set_boundary(f"=_{letter.key}_{number}")
    return _trace(letter, sender, letter.received_at(anchor)) + message.as_bytes()


def text_of(letter: Letter, known: Mapping[str, Letter], anchor: datetime) -> str:
    """The plain text of it, with what it quotes."""
    sent = letter.received_at(anchor)
    own = filled(letter.text, sent)
    if not (letter.answers and letter.quote):
        return own
    answered = known[letter.answers]
    return quoted(
        letter.quote,
        own,
        original=text_of(answered, known, anchor),
        sender=correspondent(answered.from_),
        sent=answered.received_at(anchor),
        subject=filled(answered.subject, answered.received_at(anchor)),
    )


def _odd(letter: Letter, sent: datetime) -> bytes:
    """@DATE@ is the day of sending, @ID@ the Message-ID's left side."""
    date = _date(sent, "+0000").encode()
    return letter.raw.replace(b"@DATE@", date).replace(b"@ID@", letter.key.encode()).replace(b"\n", b"\r\n")


def _trace(letter: Letter, sender: Correspondent, received: datetime) -> bytes:
    """The header fields that the provider puts on top of a message from outside."""
    domain = sender.address.rpartition("@")[2]
    if not letter.auth or domain == OWN_DOMAIN:
        return b""
    verdict = letter.auth
    lines = (
        f"Authentication-Results: {AUTHSERV_ID};",
        f" dkim={verdict} header.d={domain};",
        f" spf={verdict} smtp.mailfrom={sender.address};",
        f" dmarc={verdict} header.from={domain}",
        f"Received: from mail.{domain} by {AUTHSERV_ID}",
        f" with ESMTPS id {letter.key}; {_date(received, '+0000')}",
    )
    return "".join(f"{line}\r\n" for line in lines).encode()


def _body(message: EmailMessage, letter: Letter, known: Mapping[str, Letter], anchor: datetime, sent: datetime) -> None:
    text, html = text_of(letter, known, anchor), filled(letter.html, sent)
    if text or not html:
        message.set_content(text)
        if html:
            message.add_alternative(html, subtype="html")
    else:
        message.set_content(html, subtype="html")
    if letter.calendar:
        written_event = ics(letter.calendar, sent)
        method = letter.calendar["method"]
        message.add_alternative(written_event, subtype="calendar", params={"method": method})
        name = "cancel.ics" if method == "CANCEL" else "invite.ics"
        message.add_attachment(written_event.encode(), maintype="application", subtype="ics", filename=name)
    for attachment in letter.attach:
        _attached(message, attachment, known, anchor, sent)


def _attached(
    message: EmailMessage, attachment: Mapping[str, Any], known: Mapping[str, Letter], anchor: datetime, sent: datetime
) -> None:
    """One of pdf, docx, xlsx, pptx, odt, png, text or message, with a `name`; `cid` puts it inside the HTML."""
    if "message" in attachment:
        message.add_attachment(_parsed(written(known[attachment["message"]], known, anchor)))
        return
    content, kind = _file(attachment, sent)
    maintype, _, subtype = attachment.get("type", kind).partition("/")
    if "cid" in attachment:
        html = message.get_body(("html",))
        if html is None:
            raise ValueError("an inline picture without HTML")
        html.add_related(content, maintype, subtype, cid=f"<{attachment['cid']}>", disposition="inline")
        return
    message.add_attachment(content, maintype=maintype, subtype=subtype, filename=attachment["name"])


def _file(attachment: Mapping[str, Any], sent: datetime) -> tuple[bytes, str]:
    """Content and media type."""
    office = "application/vnd.openxmlformats-officedocument"
    match attachment:
        case {"pdf": list(lines)}:
            return pdf([filled(line, sent) for line in lines]), "application/pdf"
        case {"docx": list(lines)}:
            return docx([filled(line, sent) for line in lines]), f"{office}.wordprocessingml.document"
        case {"xlsx": list(rows)}:
            return xlsx(rows), f"{office}.spreadsheetml.sheet"
        case {"pptx": list(slides)}:
            return pptx(slides), f"{office}.presentationml.presentation"
        case {"odt": list(lines)}:
            return odt([filled(line, sent) for line in lines]), "application/vnd.oasis.opendocument.text"
        case {"png": [int(width), int(height), *colours]}:
            return png(width, height, [str(colour) for colour in colours]), "image/png"
        case {"text": str(text)}:
            return filled(text, sent).encode(), "text/plain"
        case _:
            raise ValueError(f"no such attachment: {sorted(attachment)}")


def _parsed(raw: bytes) -> EmailMessage:
    from email import message_from_bytes  # noqa: PLC0415 - one letter needs it

    parsed = message_from_bytes(raw, policy=SMTP)
    if not isinstance(parsed, EmailMessage):
        raise TypeError
    return parsed


def ancestors(letter: Letter, known: Mapping[str, Letter]) -> list[str]:
    """Message-IDs from the thread's first letter to the one answered."""
    found: list[str] = []
    while letter.answers:
        letter = known[letter.answers]
        found.insert(0, letter.message_id)
    return found


def _address(who: Correspondent) -> Address:
    return Address(who.name, addr_spec=who.address)


def _date(moment: datetime, zone: str) -> str:
    sign = -1 if zone[0] == "-" else 1
    local = moment + sign * timedelta(hours=int(zone[1:3]), minutes=int(zone[3:]))
    return f"{local:%a, %d %b %Y %H:%M:%S} {zone}"
