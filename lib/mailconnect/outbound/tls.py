"""TLS as a client: certificates and names are verified, whatever the environment says (RFC 9110 §4.3.4)."""

import ssl
import sys

import certifi


def verified_context() -> ssl.SSLContext:
    """Not `ssl.create_default_context`, which writes session keys into the file that SSLKEYLOGFILE names: with those,
    a recorder of the traffic reads the provider's tokens.
    """
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)  # verifies by itself
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.load_verify_locations(certifi.where())
    if sys.version_info >= (3, 13):  # as the default context does since
        context.verify_flags |= ssl.VERIFY_X509_PARTIAL_CHAIN | ssl.VERIFY_X509_STRICT
    return context
