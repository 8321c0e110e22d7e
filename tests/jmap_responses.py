"""A provider's answers to method calls, as they come."""

import json

from mailconnect.jmap.invocation import Invocation
from mailconnect.jmap.response import Responses, parse_responses


def responses(*answered: Invocation, state: str = "s") -> Responses:
    listed = [[one.name, one.arguments, one.call_id] for one in answered]
    return parse_responses(json.dumps({"methodResponses": listed, "sessionState": state}).encode())
