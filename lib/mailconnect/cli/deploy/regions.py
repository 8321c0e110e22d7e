"""Where mailconnect can be deployed: the commercial regions in which all that the templates make is offered.

tests/infra/test_lint.py lints the templates for each. SnapStart is the narrowest: "all commercial Regions except Asia
Pacific (New Zealand) and Asia Pacific (Taipei)" (AWS Lambda Developer Guide, SnapStart, Supported Regions).
"""

SUPPORTED = (
    "af-south-1",
    "ap-east-1",
    "ap-northeast-1",
    "ap-northeast-2",
    "ap-northeast-3",
    "ap-south-1",
    "ap-south-2",
    "ap-southeast-1",
    "ap-southeast-2",
    "ap-southeast-3",
    "ap-southeast-4",
    "ap-southeast-5",
    "ap-southeast-7",
    "ca-central-1",
    "ca-west-1",
    "eu-central-1",
    "eu-central-2",
    "eu-north-1",
    "eu-south-1",
    "eu-south-2",
    "eu-west-1",
    "eu-west-2",
    "eu-west-3",
    "il-central-1",
    "me-central-1",
    "me-south-1",
    "mx-central-1",
    "sa-east-1",
    "us-east-1",
    "us-east-2",
    "us-west-1",
    "us-west-2",
)
WITHOUT_SNAPSTART = ("ap-east-2", "ap-southeast-6")


def why_not(region: str) -> str | None:
    """A sentence where nothing can be deployed there, or nobody has looked whether it can."""
    if region in SUPPORTED:
        return None
    if region in WITHOUT_SNAPSTART:
        return f"{region} has no SnapStart, which the functions start from"
    return f"{region} is not among the regions that mailconnect is checked for: {', '.join(SUPPORTED)}"
