"""Messages that no writer of ours would write, byte for byte: what real mailboxes hold all the same."""

from collections.abc import Iterator

from mailconnect.sandbox.mail.letter import Letter


def odd_letters() -> Iterator[Letter]:
    yield _odd("odd-unknown-charset", "5d 10:11", _UNKNOWN_CHARSET, "Angebot")
    yield _odd("odd-mojibake", "6d 08:20", _MOJIBAKE, "Bestellung")
    yield _odd("odd-bad-utf8", "9d 15:40", _BAD_UTF8, "menu")
    yield _odd("odd-raw-eight-bit", "11d 07:05", _RAW_EIGHT_BIT, "Größe")
    yield _odd("odd-no-charset", "12d 07:05", _NO_CHARSET, "Fahrplan")
    yield _odd("odd-rfc2047", "4d 09:00", _RFC_2047, "headers")
    yield _odd("odd-rfc2231", "4d 09:30", _RFC_2231, "names")
    yield _odd("odd-no-subject", "7d 19:00", _NO_SUBJECT, "")
    yield _odd("odd-empty-subject", "7d 19:02", _EMPTY_SUBJECT, "")
    yield _odd("odd-no-date", "8d 11:00", _NO_DATE, "no date", folder="Archive")
    yield _odd("odd-bad-date", "8d 11:30", _BAD_DATE, "bad date", folder="Archive")
    yield _odd("odd-twice-a", "14d 12:00", _TWICE_A, "twice", folder="Archive")
    yield _odd("odd-twice-b", "14d 12:01", _TWICE_B, "twice", folder="Archive")
    yield _odd("odd-no-from", "20d 03:00", _NO_FROM, "nobody", folder="Archive")
    yield _odd("odd-groups", "21d 16:00", _GROUPS, "groups", folder="Archive")
    yield _odd("odd-truncated", "22d 06:10", _TRUNCATED, "cut", folder="Archive")
    yield _odd("odd-unknown-encoding", "23d 06:10", _UNKNOWN_ENCODING, "cte", folder="Archive")
    yield _odd("odd-latin-base64", "24d 06:10", _LATIN_BASE64, "latin", folder="Archive")
    yield _odd("odd-long-line", "25d 06:10", _LONG_LINE, "long", folder="Archive")
    yield _odd("odd-digest", "26d 06:10", _DIGEST, "digest", folder="Lists")
    yield _odd("odd-forged-auth", "2d 21:12", _FORGED_AUTH, "bank", unread=True)
    yield _odd("odd-bounce", "3d 14:03", _BOUNCE, "bounce", unread=True)


def _odd(key: str, at: str, raw: bytes, subject: str, *, folder: str = "Inbox", unread: bool = False) -> Letter:
    paths = {"alice": ((folder,),)}
    return Letter(key=key, at=at, subject=subject, raw=raw, folders=paths, unread=unread, from_="oddities")


_TO_ALICE = b"To: Alice Sandbox <alice@sandbox.test>\nDate: @DATE@\nMessage-ID: <@ID@@oddities.example>\n"

_UNKNOWN_CHARSET = (
    b"From: Vertrieb <vertrieb@maschinen.example>\n"
    + _TO_ALICE
    + b"""\
Subject: Angebot Nr. 5512
MIME-Version: 1.0
Content-Type: text/plain; charset=x-unknown-77
Content-Transfer-Encoding: 8bit

Sehr geehrte Frau Sandbox,

unser Angebot f\xfcr die Pumpe gilt 30 Tage.
"""
)

# UTF-8 that was read as Windows-1252 and written as UTF-8 again.
_MOJIBAKE = (
    b"From: Shop <bestellung@buecher.example>\n"
    + _TO_ALICE
    + b"""\
Subject: Ihre Bestellung ist unterwegs
MIME-Version: 1.0
Content-Type: text/plain; charset=utf-8
Content-Transfer-Encoding: 8bit

"""
    + "GrÃ¼ÃŸe aus MÃ¼nchen, Ihr Paket mit â€žDer ProzeÃŸâ€œ kommt morgen.\n".encode()
)

# A lone continuation byte and a cut sequence in a body that claims to be UTF-8.
_BAD_UTF8 = (
    b"From: Chez Luc <bonjour@chezluc.example>\n"
    + _TO_ALICE
    + b"Subject: Menu de la semaine\nMIME-Version: 1.0\nContent-Type: text/plain; charset=utf-8\n"
    b"Content-Transfer-Encoding: 8bit\n\nPlat du jour : p\xe2t\xe9 en cro\xfbte, 14 \x80, fin \xe2\x82\n"
)

# A UTF-8 subject without RFC 2047, as RFC 6532 allows it and old programs always did.
_RAW_EIGHT_BIT = (
    "From: Jörg Müller <joerg@mueller.example>\n".encode()
    + _TO_ALICE
    + "Subject: Größe der Küche – bitte prüfen\n".encode()
    + b"MIME-Version: 1.0\nContent-Type: text/plain; charset=utf-8\nContent-Transfer-Encoding: 8bit\n\n"
    + "Die Küche misst 3,40 × 2,85 m.\n\nGrüße\nJörg\n".encode()
)

_NO_CHARSET = (
    b"From: Fahrplan <info@bahn.example>\n"
    + _TO_ALICE
    + b"Subject: Ihre Verbindung\n\nAb Basel SBB 08:13, an Z\xfcrich HB 09:06.\n"
)

_RFC_2047 = (
    b"From: =?iso-8859-1?Q?Andr=E9_Lef=E8vre?= <andre@lefevre.example>\n"
    b"Reply-To: =?utf-8?B?0JzQsNGA0LjRjw==?= <maria@lefevre.example>\n"
    + _TO_ALICE
    + b"""\
Subject: =?utf-8?B?5Lya6K2w44Gu?= =?utf-8?B?6LOH5paZ?= =?iso-8859-1?Q?_et_=E9t=E9?=
 =?utf-8?Q?_=F0=9F=93=8E?=
MIME-Version: 1.0
Content-Type: text/plain; charset=us-ascii

The subject is four encoded words in two character sets.
"""
)

_RFC_2231 = (
    b"From: Amt <amt@stadt.example>\n"
    + _TO_ALICE
    + b"""\
Subject: Unterlagen
MIME-Version: 1.0
Content-Type: multipart/mixed; boundary=b2231

--b2231
Content-Type: text/plain; charset=utf-8

Zwei Anlagen, deren Namen auf zwei Arten geschrieben sind.

--b2231
Content-Type: text/csv; charset=utf-8
Content-Disposition: attachment;
 filename*0*=utf-8''Geb%C3%BChren;
 filename*1*=%20und%20Ma%C3%9Fe;
 filename*2=.csv

Jahr;Betrag
2026;120
--b2231
Content-Type: text/plain; name="=?utf-8?Q?Hinweis_f=C3=BCr_Sie=2Etxt?="
Content-Disposition: attachment

Bitte lesen.
--b2231--
"""
)

_NO_SUBJECT = (
    b"From: Papa <walter@sandbox-family.example>\n"
    + _TO_ALICE
    + b"MIME-Version: 1.0\nContent-Type: text/plain; charset=us-ascii\n\nCall me when you can. Nothing bad.\n"
)

_EMPTY_SUBJECT = (
    b"From: Papa <walter@sandbox-family.example>\n"
    + _TO_ALICE
    + b"Subject: \nMIME-Version: 1.0\nContent-Type: text/plain; charset=us-ascii\n\nSorry, sent too early. Love, Papa\n"
)

_NO_DATE = b"""\
From: Scanner <scanner@office.example>
To: alice@sandbox.test
Message-ID: <@ID@@oddities.example>
Subject: Scan from the copier on floor 2
Content-Type: text/plain; charset=us-ascii

The copier has no clock. Page 1 of 1.
"""

_BAD_DATE = b"""\
From: Heating <boiler@house.example>
To: alice@sandbox.test
Date: Thursday the 31st of Febtober
Message-ID: <@ID@@oddities.example>
Subject: Boiler report
Content-Type: text/plain; charset=us-ascii

Pressure 1.6 bar. Temperature 58 C.
"""

# One Message-ID for two messages: a mailing list that rewrote one of them.
_TWICE_A = b"""\
From: Garden club <club@garden.example>
To: alice@sandbox.test
Date: @DATE@
Message-ID: <plant-swap@garden.example>
Subject: Plant swap on Saturday
Content-Type: text/plain; charset=us-ascii

Bring tomatoes.
"""
_TWICE_B = _TWICE_A.replace(b"Bring tomatoes.", b"Bring tomatoes and a spade.\n\n-- \nGarden club list")

_NO_FROM = b"""\
To: undisclosed-recipients:;
Date: @DATE@
Subject: Status
Content-Type: text/plain; charset=us-ascii

Nobody wrote this.
"""

_GROUPS = b"""\
From: "Berger, Ann (home)" <ann.berger@home.example>
To: Choir: Bob <bob@sandbox.test>, "Lee, Min" <min@lee.example>;, alice@sandbox.test (Alice)
Cc: Nobody:;
Date: @DATE@
Message-ID: <@ID@@oddities.example>
Subject: Rehearsal moved
Content-Type: text/plain; charset=us-ascii

We rehearse in the small hall.
"""

# The closing boundary never came.
_TRUNCATED = b"""\
From: Camera <camera@house.example>
To: alice@sandbox.test
Date: @DATE@
Message-ID: <@ID@@oddities.example>
Subject: Motion at the garden gate
MIME-Version: 1.0
Content-Type: multipart/mixed; boundary="cut"

--cut
Content-Type: text/plain; charset=us-ascii

A fox, probably.

--cut
Content-Type: image/jpeg; name="gate.jpg"
Content-Transfer-Encoding: base64
Content-Disposition: attachment; filename="gate.jpg"

/9j/4AAQSkZJRgABAQAAAQABAAD
"""

_UNKNOWN_ENCODING = b"""\
From: Old system <batch@mainframe.example>
To: alice@sandbox.test
Date: @DATE@
Message-ID: <@ID@@oddities.example>
Subject: Batch 0091 done
MIME-Version: 1.0
Content-Type: text/plain; charset=us-ascii
Content-Transfer-Encoding: x-ebcdic

JOB 0091 ENDED. RC=0000
"""

_LATIN_BASE64 = b"""\
From: Notar <kanzlei@notar.example>
To: alice@sandbox.test
Date: @DATE@
Message-ID: <@ID@@oddities.example>
Subject: Termin
MIME-Version: 1.0
Content-Type: text/plain; charset=iso-8859-15
Content-Transfer-Encoding: base64

RGllIEdlYvxociBiZXRy5Gd0IDgwIKQuCg==
"""

_LONG_LINE = (
    b"From: Export <export@reports.example>\nTo: alice@sandbox.test\nDate: @DATE@\n"
    b"Message-ID: <@ID@@oddities.example>\nSubject: One long line\n"
    b"Content-Type: text/plain; charset=us-ascii\n\n" + b" ".join(b"value-%d" % number for number in range(700)) + b"\n"
)

_DIGEST = b"""\
From: Cyclists digest <digest@cyclists.example>
To: cyclists@cyclists.example
Date: @DATE@
Message-ID: <@ID@@oddities.example>
List-Id: Cyclists of the valley <cyclists.cyclists.example>
Subject: Cyclists digest, issue 118
MIME-Version: 1.0
Content-Type: multipart/digest; boundary="dig"

--dig

From: Rosa <rosa@cyclists.example>
Subject: Bridge closed
Date: @DATE@

The old bridge is closed until spring.

--dig

From: Tim <tim@cyclists.example>
Subject: Lost glove
Date: @DATE@

Found a left glove at the pass.

--dig--
"""

# The sender wrote the lower field himself; only the upper one is the provider's.
_FORGED_AUTH = b"""\
Authentication-Results: mx.sandbox.test; dkim=none; spf=fail smtp.mailfrom=service@bank-secure.example;
 dmarc=fail header.from=yourbank.example
Received: from unknown (203.0.113.66) by mx.sandbox.test with ESMTP id odd; @DATE@
Authentication-Results: mx.yourbank.example; dkim=pass header.d=yourbank.example; spf=pass; dmarc=pass
Authentication-Results: sandbox.test; dmarc=pass header.from=yourbank.example
From: "Your Bank <security@yourbank.example>" <service@bank-secure.example>
Reply-To: claims@collect-fast.example
To: alice@sandbox.test
Date: @DATE@
Message-ID: <@ID@@bank-secure.example>
Subject: Your account will be closed today
MIME-Version: 1.0
Content-Type: text/html; charset=utf-8

<html><body><p>Dear customer,</p><p>confirm your identity at
<a href="http://xn--yourbnk-hya.example/login?u=alice">https://www.yourbank.example/login</a> within 2 hours.</p>
</body></html>
"""

# A delivery status notification (RFC 3464) for a letter of alice's.
_BOUNCE = b"""\
Return-Path: <>
Received: by mx.sandbox.test id bounce; @DATE@
From: Mail Delivery System <MAILER-DAEMON@mx.sandbox.test>
To: alice@sandbox.test
Date: @DATE@
Message-ID: <@ID@@mx.sandbox.test>
Auto-Submitted: auto-replied
Subject: Undelivered Mail Returned to Sender
MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status; boundary="dsn"

--dsn
Content-Type: text/plain; charset=us-ascii

This is the mail system at mx.sandbox.test.

Your message could not be delivered to <henrik@nordlicht.example>:
550 5.1.1 User unknown

--dsn
Content-Type: message/delivery-status

Reporting-MTA: dns; mx.sandbox.test
Arrival-Date: @DATE@

Final-Recipient: rfc822; henrik@nordlicht.example
Action: failed
Status: 5.1.1
Diagnostic-Code: smtp; 550 5.1.1 User unknown

--dsn
Content-Type: message/rfc822

From: Alice Sandbox <alice@sandbox.test>
To: henrik@nordlicht.example
Date: @DATE@
Message-ID: <to-henrik@sandbox.test>
Subject: Photos from the fjord
Content-Type: text/plain; charset=us-ascii

Hi Henrik, here is the link to the photos from the fjord.

--dsn--
"""
