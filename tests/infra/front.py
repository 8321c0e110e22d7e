"""A small CloudFront before the gateway, which does to requests and answers what infra/front.yaml says.

CloudFront asks no function at the viewer's side about an answer of 400 and more, and one at the origin's side about
every answer (CloudFront Developer Guide, "Restrictions on all edge functions").
"""

from fnmatch import fnmatchcase
from typing import Any

from tests.infra.template import Deployment, document

Answered = tuple[int, list[tuple[str, str]], bytes]


def fronted(way: str, domain: str, path: str, answered: Answered) -> Answered:
    """The response that a client gets. `way` is the template's parameter."""
    template = front_of(Way=way, DomainName=domain)
    status, headers, body = answered
    config = template.properties("Distribution")["DistributionConfig"]
    behavior = next(
        (one for one in config["CacheBehaviors"] if fnmatchcase(path, one["PathPattern"])),
        config["DefaultCacheBehavior"],
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


def front_of(**given: str) -> Deployment:
    named = {"DomainName": "mail.example.com", "Origin": "o.example", "FrontKey": "k" * 32, "Way": "edge"}
    return Deployment(document("infra/front.yaml"), {}, named | given)


def passed_on(template: Deployment, viewer: str, sent: list[tuple[str, str]]) -> list[tuple[str, str]]:
    """The headers that the origin gets of a viewer at this address and port, who sent these."""
    config = template.properties("Distribution")["DistributionConfig"]
    policy = template.properties("Passed")["OriginRequestPolicyConfig"]["HeadersConfig"]
    assert policy["HeaderBehavior"] == "allViewerAndWhitelistCloudFront"
    [origin] = config["Origins"]
    own = {one["HeaderName"]: one["HeaderValue"] for one in origin["OriginCustomHeaders"]}
    own |= {name: viewer for name in policy["Headers"] if name == "CloudFront-Viewer-Address"}
    written_over = {name.lower() for name in own}
    return [*((name, value) for name, value in sent if name.lower() not in written_over), *own.items()]


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
