"""The sandbox as a provider, described as a real provider would be."""

from mailconnect.languages.words import marked
from mailconnect.provider.provider import Provider


def sandbox_provider(port: int) -> Provider:
    issuer = f"http://127.0.0.1:{port}"
    return Provider(
        id=issuer,
        # Translators: used as the name of a mail provider is, so without an article.
        name=marked("the sandbox mailbox"),
        issuer=issuer,
        session_url=f"{issuer}/jmap/session",
        scopes=("urn:ietf:params:oauth:scope:mail", "offline_access"),
        more_scopes={"contacts:read": ("urn:ietf:params:oauth:scope:contacts",)},
        hosts=(),
        loopback_ports=(port,),
        authserv_ids=("mx.sandbox.test",),
        client_id="mailconnect-sandbox",
        all_or_nothing=True,
        settings_hint=marked("The sandbox forgets everything when its data is deleted."),
        api_token_hint=marked("The sandbox knows fmu1-sandbox-alice-readonly and fmu1-sandbox-alice-full."),
    )
