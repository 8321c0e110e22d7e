"""The response to an assistant: a redirect, or for an app a page of ours that opens it (RFC 8252 §7.1)."""

from starlette.responses import RedirectResponse, Response

from mailconnect.endpoints.pages.context import PageContext
from mailconnect.endpoints.pages.rendering import PAGE_HEADERS
from mailconnect.oauth.authorization_response import redirect_location
from mailconnect.oauth.redirect_uri import redirect_target


def back_to_assistant(
    context: PageContext, redirect_uri: str, state: str | None, client_name: str, **parameters: str
) -> Response:
    """`parameters` are those of the authorization response: `code`, or `error`.

    A redirect to an app's scheme leaves the browser on the page before, with no word of what happened. Where no such
    app is installed, nothing happens at all. So the owner gets a page. It goes on to the app by itself, and has a link
    for browsers that open an app only after a press.
    """
    location = redirect_location(redirect_uri, context.settings.issuer, state, **parameters)
    if redirect_target(redirect_uri).scheme in ("https", "http"):
        return RedirectResponse(location, 303, PAGE_HEADERS)
    response = context.pages.render(
        "answered.html",
        location=location,
        client_name=client_name,
        error=parameters.get("error", ""),
        cause=parameters.get("error_description", ""),
    )
    response.headers["Refresh"] = f"0; url={location}"
    return response
