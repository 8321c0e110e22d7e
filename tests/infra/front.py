"""A small CloudFront before the gateway, which does to answers of /mcp what infra/front.yaml says.

CloudFront asks no function at the viewer's side about an answer of 400 and more, and one at the origin's side about
every answer (CloudFront Developer Guide, "Restrictions on all edge functions").
"""

from typing import Any

from tests.infra.template import Deployment, document

Answered = tuple[int, list[tuple[str, str]], bytes]


def fronted(way: str, domain: str, answered: Answered) -> Answered:
    """What a client of /mcp gets. `way` is the template's parameter."""
    template = Deployment(document("infra/front.yaml"), {}, {"Way": way, "DomainName": domain, "Origin": "o.example"})
    status, headers, body = answered
    behavior = next(
        one
        for one in template.properties("Distribution")["DistributionConfig"]["CacheBehaviors"]
        if one["PathPattern"] == "/mcp"
    )
    for association in behavior.get("LambdaFunctionAssociations", []):
        assert association["EventType"] == "origin-response"
        headers = _at_the_edge(template, status, headers)
    if "ResponseHeadersPolicyId" in behavior:
        config = template.properties("Challenge")["ResponseHeadersPolicyConfig"]["CustomHeadersConfig"]
        for item in config["Items"]:
            there = item["Header"].lower() in {name.lower() for name, _ in headers}
            if item["Override"] or not there:
                headers = [*headers, (item["Header"], item["Value"])]
    return status, headers, body


def _at_the_edge(template: Deployment, status: int, headers: list[tuple[str, str]]) -> list[tuple[str, str]]:
    """Lambda@Edge's own form: lower-case names, each with a list of what was sent under it."""
    given: dict[str, list[dict[str, str]]] = {}
    for name, value in headers:
        given.setdefault(name.lower(), []).append({"key": name, "value": value})
    module: dict[str, Any] = {}
    exec(template.properties("Edge")["Code"]["ZipFile"], module)
    event = {"Records": [{"cf": {"response": {"status": str(status), "headers": given}}}]}
    told = module["handler"](event, None)["headers"]
    return [(one["key"], one["value"]) for several in told.values() for one in several]
