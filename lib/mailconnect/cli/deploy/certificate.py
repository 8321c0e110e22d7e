"""The certificate of a domain that no Route 53 zone of this account proves: asked for before anything is made.

A deployment that made it would wait in CloudFormation until a record is in the DNS, for hours, and then fail.
"""

import hashlib
from collections.abc import Callable
from typing import Any

from mailconnect.cli.subcommand import CommandFailed


def issued(acm: Any, domain: str, pause: Callable[[float], None]) -> str:
    """Its ARN. Raises CommandFailed while it waits, with the record that proves the domain: repeat the command then."""
    found = {
        one["CertificateArn"]: one["Status"]
        for page in acm.get_paginator("list_certificates").paginate(
            CertificateStatuses=["ISSUED", "PENDING_VALIDATION"]
        )
        for one in page["CertificateSummaryList"]
        if one["DomainName"] == domain
    }
    good = sorted(arn for arn, status in found.items() if status == "ISSUED")
    if good:
        return str(good[0])
    arn = str(min(found)) if found else _asked_for(acm, domain)
    for _ in range(6):  # the record is made up a moment after the request
        told = acm.describe_certificate(CertificateArn=arn)["Certificate"]
        if told["Status"] == "ISSUED":
            return arn
        records = [one["ResourceRecord"] for one in told.get("DomainValidationOptions", []) if "ResourceRecord" in one]
        if records:
            record = records[0]
            raise CommandFailed(
                f"The certificate of {domain} waits for a DNS record. Make it where that domain's DNS is kept, and "
                "leave it there, as it renews the certificate too:\n\n"
                f"    {record['Name']} {record['Type']} {record['Value']}\n\n"
                "Then repeat this command: AWS finds the record within minutes. Nothing else was made yet"
            )
        pause(5)
    raise CommandFailed(f"The certificate of {domain} is asked for; repeat this command in a minute")


def _asked_for(acm: Any, domain: str) -> str:
    token = hashlib.sha256(domain.encode()).hexdigest()[:32]  # the same request within an hour is the same certificate
    asked = acm.request_certificate(DomainName=domain, ValidationMethod="DNS", IdempotencyToken=token)
    return str(asked["CertificateArn"])
