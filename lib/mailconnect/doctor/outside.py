"""The checks from outside, in their order. Each returns a sentence about what is good, or raises CheckFailed."""

import datetime as dt
import email.utils
import json
import re
import secrets
import ssl
from collections.abc import Awaitable, Callable

from mailconnect.doctor.finding import CheckFailed, Finding, NoResponse, Unset
from mailconnect.doctor.probe import Probe, expect, expect_header, media_type
from mailconnect.oauth.metadata import (
    AUTHORIZATION_SERVER_PATH,
    PROTECTED_RESOURCE_PATH,
    authorization_server_metadata,
    protected_resource_metadata,
)

_DAY = 86_400
_CERTIFICATE_DAYS = 14
_SKEW = 30
_RENAMED = "x-amzn-remapped-www-authenticate"
_NO_TOKEN = f"mca_{'0' * 65}"
"""Has the form of an access token, and is none."""
_OPTIONAL = frozenset({"registration_endpoint", "client_id_metadata_document_supported"})
_ELSEWHERE = "https://elsewhere.example/callback"
_OURS = "http://127.0.0.1/callback"

Check = Callable[[Probe], Awaitable[str]]


async def certificate(at: Probe) -> str:
    response = await at.ask("GET", "/")
    if not at.secure:
        if at.host not in ("127.0.0.1", "localhost", "::1") and not at.host.endswith(".localhost"):
            raise CheckFailed(
                f"{at.issuer} is not https", "put a certificate in front of it, and set the issuer to https"
            )
        return "plain http, on this machine"
    stream = response.extensions.get("network_stream")
    encrypted = stream.get_extra_info("ssl_object") if stream is not None else None
    peer = encrypted.getpeercert() if encrypted is not None else None
    if encrypted is None or not peer:
        raise CheckFailed("no certificate was shown", "see what ends TLS in front of the bridge")
    days = int(ssl.cert_time_to_seconds(peer["notAfter"]) - at.clock()) // _DAY
    if days < _CERTIFICATE_DAYS:
        raise CheckFailed(
            f"the certificate ends in {days} days", "find out why it is not renewed: its DNS validation record?"
        )
    return f"{encrypted.version()}, the certificate is good for {days} days"


async def plain_http(at: Probe) -> str:
    if not at.secure:
        return "not asked for, on this machine"
    try:
        response = await at.ask("GET", f"http://{at.host}/")
    except CheckFailed:
        return "nobody answers on port 80"
    if not response.is_redirect or not response.headers.get("location", "").startswith("https://"):
        raise CheckFailed(
            f"http://{at.host}/ answers {response.status_code} unencrypted", "let it answer nothing, or redirect"
        )
    return "redirects to https"


async def server_metadata(at: Probe) -> str:
    """Exactly what this version says of itself; what a switch or setting leaves out may be missing."""
    told = await at.document(AUTHORIZATION_SERVER_PATH)
    if told.get("issuer") != at.issuer:
        raise CheckFailed(
            f"the issuer is {told.get('issuer')}, not {at.issuer}",
            "set DomainName or MAILCONNECT_ISSUER to the address that people use: clients refuse any other",
        )
    documents = told.get("client_id_metadata_document_supported", False)
    wanted = authorization_server_metadata(at.issuer, client_documents=documents)
    wrong = {name for name in {*wanted, *told} if told.get(name) != wanted.get(name)}
    wrong -= {name for name in _OPTIONAL if name not in told}
    if wrong:
        raise CheckFailed(
            f"it says something else of {', '.join(sorted(wrong))}", "deploy this version, or use its doctor"
        )
    at.server = told
    missing = sorted(_OPTIONAL - told.keys())
    return f"exact; not offered for now: {', '.join(missing)}" if missing else "exact"


async def resource_metadata(at: Probe) -> str:
    for path in (PROTECTED_RESOURCE_PATH, f"{PROTECTED_RESOURCE_PATH}/mcp"):
        told = await at.document(path)
        wanted = protected_resource_metadata(at.issuer, f"{at.issuer}/mcp", told.get("resource_name", ""))
        wrong = sorted(name for name in {*wanted, *told} if told.get(name) != wanted.get(name))
        if wrong:
            raise CheckFailed(
                f"{path} says something else of {', '.join(wrong)}", "deploy this version, or use its doctor"
            )
    return "exact, at both addresses"


async def challenge(at: Probe) -> str:
    """RFC 9728 §5.1, RFC 6750 §3."""
    message = {"jsonrpc": "2.0", "id": 1, "method": "ping"}
    metadata = f'resource_metadata="{at.issuer}{PROTECTED_RESOURCE_PATH}/mcp"'
    for token, error in ((None, ""), (_NO_TOKEN, 'error="invalid_token"')):
        headers = {"Accept": "application/json, text/event-stream"}
        if token:
            headers["Authorization"] = f"Bearer {token}"
        response = await at.ask("POST", "/mcp", json=message, headers=headers)
        expect(response, 401)
        if "www-authenticate" not in response.headers and _RENAMED in response.headers:
            expect_header(response, _RENAMED, "Bearer ", metadata, error)
            raise Unset(
                "API Gateway renames www-authenticate: assistants that do not look at the well-known address "
                "cannot sign in",
                "make deploy SET=MapChallenge=yes; where that does not help, put CloudFront in front (docs/deploy.md, "
                "The renamed header)",
            )
        expect_header(response, "www-authenticate", "Bearer ", metadata, error)
    looked = await at.ask("GET", "/mcp")
    expect(looked, 401)
    expect_header(looked, "www-authenticate", "Bearer ", metadata)
    expect(await at.ask("GET", "/mcp", headers={"Authorization": f"Bearer {_NO_TOKEN}"}), 405)
    return "401 without a token and with a wrong one, and says where the metadata is"


async def cross_origin(at: Probe) -> str:
    origin = {"Origin": "https://assistant.example"}
    asked = origin | {"Access-Control-Request-Method": "POST", "Access-Control-Request-Headers": "content-type"}
    for path in ("/token", "/register", "/revoke"):
        response = await at.ask("OPTIONS", path, headers=asked)
        expect(response, 204)
        expect_header(response, "access-control-allow-origin", "*")
        expect_header(response, "access-control-allow-methods", "POST")
    expect_header(await at.ask("GET", AUTHORIZATION_SERVER_PATH, headers=origin), "access-control-allow-origin", "*")
    if "access-control-allow-origin" in (await at.ask("GET", "/", headers=origin)).headers:
        raise CheckFailed("the pages may be read by other sites", "take the CORS configuration off the gateway")
    return "open for machines, closed for pages"


async def headers(at: Probe) -> str:
    for path in ("/", "/authorize"):
        response = await at.ask("GET", path)
        expect_header(response, "content-security-policy", "default-src 'none'", "frame-ancestors 'none'")
        expect_header(response, "x-content-type-options", "nosniff")
        expect_header(response, "referrer-policy", "no-referrer")
        if at.secure:
            expect_header(response, "strict-transport-security", "max-age=")
        if "set-cookie" in response.headers:
            raise CheckFailed(f"{path} sets a cookie for strangers", "see what stands in front and adds it")
    return "as they should be"


async def tokens(at: Probe) -> str:
    response = await at.ask("POST", "/token", data={"grant_type": "password"})
    expect(response, 400)
    expect_header(response, "cache-control", "no-store")
    if response.json().get("error") != "unsupported_grant_type":
        raise CheckFailed("a wrong grant type has another error than its own", "deploy this version, or use its doctor")
    return "refuses what it should, in the words of RFC 6749"


async def registration(at: Probe) -> str:
    document = {"client_name": "mailconnect doctor", "redirect_uris": [_OURS], "token_endpoint_auth_method": "none"}
    response = await at.ask("POST", "/register", json=document)
    if "registration_endpoint" not in at.server:
        expect(response, 503)
        return "switched off by the operator"
    expect(response, 201)
    at.client = response.json()
    return "registers a client by itself"


async def redirects(at: Probe) -> str:
    """RFC 9700 §4.11: an address that was not registered is never used, and nobody is sent anywhere unasked."""
    query = {
        "response_type": "code",
        "client_id": at.client.get("client_id", "mcp_unknown"),
        "redirect_uri": _ELSEWHERE,
        "code_challenge": secrets.token_urlsafe(32),
        "code_challenge_method": "S256",
    }
    response = await at.ask("GET", "/authorize", params=query)
    if "location" in response.headers or "elsewhere.example" in response.text:
        raise CheckFailed("an address that nobody registered is used", "take it down: this is not the program")
    expect(response, 400)
    if at.client:
        asked = await at.ask("GET", "/authorize", params=query | {"redirect_uri": _OURS})
        if asked.status_code == 503:
            return "refuses addresses that nobody registered; new connections are switched off"
        expect(asked, 200)
        if "location" in asked.headers:
            raise CheckFailed("it sends people on without asking them", "take it down: this is not the program")
    return "refuses addresses that nobody registered, and asks before it sends anybody on"


async def unregistration(at: Probe) -> str:
    """RFC 7592 §2.3, where it is offered."""
    client, at.client = at.client, {}
    if not client:
        return "nothing to take back"
    uri, token = client.get("registration_client_uri"), client.get("registration_access_token")
    if not uri or not token:
        return "the doctor's registration stays until it ends by itself: nobody has consented to it"
    if not uri.startswith(f"{at.issuer}/"):
        raise CheckFailed("the registration's address is not ours", "deploy this version, or use its doctor")
    expect(await at.ask("DELETE", uri, headers={"Authorization": f"Bearer {token}"}), 204)
    return "the doctor's registration is deleted"


async def security_txt(at: Probe) -> str:
    """RFC 9116 §2.5."""
    response = await at.ask("GET", "/.well-known/security.txt")
    if response.status_code == 404:
        raise Unset("there is no security.txt", "set Contact, so that who finds a hole can tell you")
    expect(response, 200)
    fields = dict(re.findall(r"^(Contact|Expires): *(\S.*?)\s*$", response.text, re.MULTILINE))
    try:
        ends = dt.datetime.fromisoformat(fields.get("Expires", "")).timestamp()
    except ValueError:
        ends = 0.0
    if media_type(response) != "text/plain" or "Contact" not in fields:
        raise CheckFailed("security.txt names no contact", "set Contact")
    if ends <= at.clock():
        raise CheckFailed("security.txt has expired, or does not say when it does", "deploy a newer version")
    return f"says to write to {fields['Contact']}"


async def privacy(at: Probe) -> str:
    response = await at.ask("GET", "/privacy")
    expect(response, 200)
    version = re.search(r"Version (\d{4}-\d\d-\d\d)", response.text)
    if media_type(response) != "text/html" or version is None:
        raise CheckFailed("/privacy is not the privacy notice", "deploy again, with PRIVACY.md in its place")
    return f"the notice of {version[1]}"


async def clock(at: Probe) -> str:
    response = await at.ask("GET", "/")
    try:
        skew = int(email.utils.parsedate_to_datetime(response.headers.get("date", "")).timestamp()) - at.clock()
    except (TypeError, ValueError):
        raise CheckFailed(
            "no answer says what time it is", "let whatever stands in front pass the date header on"
        ) from None
    if abs(skew) > _SKEW:
        raise CheckFailed(f"its clock is {skew} seconds off from this machine's", "set the clocks by NTP")
    return "as on this machine"


CHECKS: dict[str, Check] = {
    "certificate": certificate,
    "plain http": plain_http,
    "server": server_metadata,
    "resource": resource_metadata,
    "challenge": challenge,
    "cross-origin": cross_origin,
    "headers": headers,
    "tokens": tokens,
    "registration": registration,
    "redirects": redirects,
    "unregister": unregistration,
    "security.txt": security_txt,
    "privacy": privacy,
    "clock": clock,
}


async def examine(at: Probe) -> list[Finding]:
    """Every check is made, whatever the others say; but where nobody answers the first, once is enough."""
    findings: list[Finding] = []
    for name, check in CHECKS.items():
        try:
            findings.append(Finding(name, await check(at)))
        except CheckFailed as failure:
            findings.append(Finding.of(name, failure))
            if isinstance(failure, NoResponse) and len(findings) == 1:
                left = len(CHECKS) - 1
                return [*findings, Finding("others", f"{left} checks are not possible until then", not_made=left)]
        except (KeyError, TypeError, AttributeError, json.JSONDecodeError) as error:
            wrong = f"the answer is in a form that nothing here expects ({type(error).__name__})"
            findings.append(Finding(name, wrong, "see what answers in this address's place"))
    return findings
