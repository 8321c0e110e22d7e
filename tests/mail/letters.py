"""Six messages that every implementation of the mail port is given, and where they lie."""

from dataclasses import dataclass
from datetime import UTC, datetime

WHEN = datetime(2026, 11, 30, 9, tzinfo=UTC)


@dataclass(frozen=True)
class Letter:
    """`place` is the role of its mailbox."""

    name: str
    place: str
    at: datetime
    raw: bytes
    keywords: tuple[str, ...] = ()


def _letter(name: str, place: str, hour: int, text: str, keywords: tuple[str, ...] = ()) -> Letter:
    raw = text.strip().replace("\n", "\r\n").encode() + b"\r\n"
    return Letter(name, place, WHEN.replace(hour=hour), raw, keywords)


LETTERS = (
    _letter(
        "first",
        "inbox",
        1,
        """
From: Ann Lee <ann@example.org>
To: Alice <alice@example.com>
Subject: Budget for the harbour
Message-ID: <first@example.org>
Date: Mon, 30 Nov 2026 01:00:00 +0000
MIME-Version: 1.0
Content-Type: text/plain; charset=utf-8

The pelican costs 40 euros.
""",
        ("$seen",),
    ),
    _letter(
        "answer",
        "inbox",
        2,
        """
From: Bob <bob@example.net>
To: Ann Lee <ann@example.org>
Cc: Alice <alice@example.com>
Reply-To: elsewhere@example.com
Subject: Re: Budget for the harbour
Message-ID: <answer@example.net>
In-Reply-To: <first@example.org>
References: <first@example.org>
Date: Mon, 30 Nov 2026 02:00:00 +0000
List-Unsubscribe: <mailto:leave@example.net>
Authentication-Results: mx.example.com; dmarc=pass header.from=example.net
MIME-Version: 1.0
Content-Type: multipart/mixed; boundary=outer

--outer
Content-Type: multipart/alternative; boundary=inner

--inner
Content-Type: text/plain; charset=utf-8

Agreed, see the plan.
--inner
Content-Type: text/html; charset=utf-8

<p>Agreed, see the <b>plan</b>.</p>
--inner--
--outer
Content-Type: text/csv; name=plan.csv
Content-Disposition: attachment; filename=plan.csv

a,b
1,2
--outer--
""",
    ),
    _letter(
        "junk",
        "junk",
        3,
        """
From: Winner <win@example.biz>
To: alice@example.com
Subject: You have won a pelican
Message-ID: <junk@example.biz>
Date: Mon, 30 Nov 2026 03:00:00 +0000
Content-Type: text/plain

Click.
""",
    ),
    _letter(
        "invitation",
        "archive",
        4,
        """
From: Carol <carol@example.org>
To: alice@example.com
Subject: Lunch
Message-ID: <invitation@example.org>
Date: Mon, 30 Nov 2026 04:00:00 +0000
MIME-Version: 1.0
Content-Type: multipart/mixed; boundary=x

--x
Content-Type: text/html; charset=utf-8

<p>Lunch?</p>
--x
Content-Type: text/calendar; charset=utf-8; method=REQUEST

BEGIN:VCALENDAR
END:VCALENDAR
--x--
""",
    ),
)
