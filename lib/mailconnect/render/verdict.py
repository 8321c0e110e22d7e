"""One line about a sender: what the owner's provider verified, and what is odd. The sender's own claims are ignored."""

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass

from mailconnect.render.authentication import Results, trusted
from mailconnect.render.characters import clean, one_line

_ADDRESS = re.compile(r"[A-Za-z0-9._%+-]{1,64}@(?:[A-Za-z0-9-]{1,63}\.){1,6}[A-Za-z]{2,24}")
_DOMAIN = re.compile(r"[\w-]+(?:\.[\w-]+)*+")
_LONGEST_DOMAIN = 253
_LONGEST_NAME = 500


@dataclass(frozen=True, slots=True)
class SenderFacts:
    """The message's own header fields, and those that the provider adds."""

    address: str  # From's, "" where there is none
    name: str = ""
    reply_to: Sequence[str] = ()  # addresses
    keywords: Collection[str] = ()  # JMAP keywords of the message
    is_first: bool | None = None  # the first message from this address; None: not known


def verdict(sender: SenderFacts, authentication_results: Sequence[str], accepted: Collection[str]) -> str:
    """`authentication_results` are the header's values from the top; `accepted` are the provider's authserv-ids.

    Never raises; at most about 700 characters.
    """
    domain = _domain(sender.address)
    parts = [_verified(domain, trusted(authentication_results, accepted)), *_marks(sender.keywords)]
    if sender.is_first:
        parts.append("no earlier message from this address")
    other = _other_address(sender)
    if other:
        parts.append(f"the sender's name contains another address, {other}")
    elsewhere = [address for address in sender.reply_to if _domain(address) != domain]
    if elsewhere:
        parts.append(f"answers would go to {one_line(_domain(elsewhere[0]) or 'an unreadable address', longest=100)}")
    return "sender: " + "; ".join(parts)


def _verified(domain: str, results: Results | None) -> str:
    if not domain:
        return "not verified (no readable address)"
    if results is None:
        return "not verified (the provider says nothing about it)"
    named = one_line(domain, longest=100)
    for dmarc in results.of("dmarc"):
        if dmarc.properties.get("header.from", domain) != domain:
            continue
        if dmarc.result == "pass":
            return f"verified for {named} (DMARC pass)"
        if dmarc.result == "fail":
            return f"NOT VERIFIED, may be forged: DMARC fails for {named}"
    for dkim in results.of("dkim"):
        signer = dkim.properties.get("header.d") or _domain(dkim.properties.get("header.i", ""))
        if dkim.result == "pass" and _is_aligned(signer, domain):
            return f"verified for {named} (DKIM pass, no DMARC)"
    for spf in results.of("spf"):
        mail_from = spf.properties.get("smtp.mailfrom", "")
        if spf.result == "pass" and _is_aligned(_domain(mail_from) or mail_from, domain):
            return f"weakly verified for {named} (SPF pass, no DKIM or DMARC)"
    return f"not verified ({named} proves nothing by DMARC, DKIM or SPF)"


def _marks(keywords: Collection[str]) -> list[str]:
    present = {keyword.lower() for keyword in keywords}
    marks = []
    if "$phishing" in present:
        marks.append("MARKED AS PHISHING by the provider")
    if "$junk" in present:
        marks.append("marked as junk")
    if "$istrusted" in present:
        marks.append("trusted by the provider")
    return marks


def _other_address(sender: SenderFacts) -> str:
    found = _ADDRESS.search(clean(sender.name[:_LONGEST_NAME]).text)
    if found is None or found.group().lower() == sender.address.lower():
        return ""
    return one_line(found.group(), longest=100)


def _domain(address: str) -> str:
    """In lower case; empty if there is none that a host's name could be. It is shown outside the fence."""
    domain = address.rpartition("@")[2].strip().rstrip(".>").lower() if "@" in address else ""
    return domain if _DOMAIN.fullmatch(domain[:_LONGEST_DOMAIN]) and len(domain) <= _LONGEST_DOMAIN else ""


def _is_aligned(one: str, domain: str) -> bool:
    """The same domain or one inside the other, but never by a top-level domain alone."""
    if not one or "." not in one:
        return False
    return one == domain or domain.endswith("." + one) or one.endswith("." + domain)
