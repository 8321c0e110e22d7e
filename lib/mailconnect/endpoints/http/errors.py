"""Errors before any endpoint sees the request: JSON for programs, for a browser a page with a link home."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from starlette.responses import Response
from starlette.types import Scope

from mailconnect.endpoints.http.reader import reader_of, reading
from mailconnect.endpoints.http.responses import json_response
from mailconnect.languages.words import marked


@dataclass(frozen=True, slots=True)
class HttpError:
    """`description` is for programs and their logs; `title` and `sentence` are for the page."""

    status: int
    error: str
    description: str
    title: str
    sentence: str


ErrorPageOf = Callable[[HttpError], Response]

NOWHERE = HttpError(
    404,
    "not_found",
    "there is nothing at this address",
    marked("There is no such page"),
    marked("The address may be mistyped, or come from a link that was cut off. Nothing was changed."),
)
ADDRESS_TOO_LONG = HttpError(
    414,
    "invalid_request",
    "the address is too long",
    marked("This address is too long"),
    marked("Something added more to it than we read. Start again from where you came."),
)
HEADERS_TOO_LONG = HttpError(
    431,
    "invalid_request",
    "the headers are too long",
    marked("Your browser sends too much"),
    marked("Most likely it keeps too many cookies for this site: delete them in its settings, and try again."),
)


def not_by_hand(issuer: str) -> HttpError:
    """A browser shows the description where no pages are served (`mcp` on AWS)."""
    return HttpError(
        405,
        "invalid_request",
        f"this method is not for this address; how an assistant is connected says {issuer}/connect",
        marked("This address is not for a browser"),
        marked(
            "Assistants use it, or our own forms do. How to connect an assistant stands under Connect above, and what "
            "is connected under Account."
        ),
    )


def elsewhere(issuer: str) -> HttpError:
    """For requests to another host name than our own (RFC 9110 §15.5.20)."""
    return HttpError(
        421,
        "misdirected_request",
        f"this service is at {issuer}",
        marked("This service has another address"),
        marked("It is at %(issuer)s. Nothing was done here.", issuer=issuer),
    )


def refused(
    refusal: HttpError, scope: Scope, page_of: ErrorPageOf | None, headers: Mapping[str, str] | None = None
) -> Response:
    if page_of is not None and accepts_pages(scope):
        with reading(reader_of(scope)):
            response = page_of(refusal)
    else:
        response = json_response({"error": refusal.error, "error_description": refusal.description}, refusal.status)
    response.headers.update(headers or {})
    return response


def wants_json(scope: Scope) -> bool:
    """A program that looks at a page's address says so; a browser, or a program that takes anything, does not."""
    accepted = b",".join(value.lower() for name, value in scope["headers"] if name == b"accept")
    return b"application/json" in accepted and b"text/html" not in accepted


def accepts_pages(scope: Scope) -> bool:
    """A browser accepts text/html for each address that is opened in it; a program accepts JSON or anything."""
    return any(name == b"accept" and b"text/html" in value.lower() for name, value in scope["headers"])
