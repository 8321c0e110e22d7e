"""The parameters of a deployment: the command's own come first, then the kept answers, then the deployed ones."""

from collections.abc import Mapping

from mailconnect.cli.subcommand import CommandFailed

ENDING = ("DomainName", "Provider", "SessionUrl")
"""To change one of these ends every connection: tokens are for one address, and for one provider."""


def merged(
    said: Mapping[str, str],
    answered: Mapping[str, str] | None,
    deployed: Mapping[str, str],
    defaults: Mapping[str, str],
) -> dict[str, str]:
    """`defaults` has every name. What this version does not know any more is left out.

    Raises CommandFailed where the answers, perhaps another machine's older ones, would end every connection unasked.
    """
    known = {name: value for name, value in deployed.items() if name in defaults}
    answered = answered or {}
    for name in ENDING:
        if name in answered and name in known and name not in said and answered[name] != known[name]:
            raise CommandFailed(
                f"{name} is deployed as {known[name]!r}, and the answers say {answered[name]!r}: changing it ends "
                f"every connection. Set it right in the answers, or say which you mean: SET={name}=..."
            )
    told = {**defaults, **known, **answered, **said}
    before = {source["DomainName"] for source in (known, answered) if "DomainName" in source}
    if before - {told["DomainName"]} and "CertificateArn" not in said:
        told["CertificateArn"] = ""  # it is of the other name
    return told
