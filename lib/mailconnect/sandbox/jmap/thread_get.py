"""Thread/get (RFC 8621 §3.1)."""

from typing import Any

from mailconnect.sandbox.jmap.call import Call
from mailconnect.sandbox.jmap.getting import got, properties_of


def thread_get(call: Call) -> dict[str, Any]:
    call.allow("ids", "properties")
    threads: dict[str, list[str]] = {}
    for email in sorted(call.visible().values(), key=lambda email: email.received_at):
        threads.setdefault(email.thread_id, []).append(email.email_id)
    written = {name: {"id": name, "emailIds": ids} for name, ids in threads.items()}
    return got(call, written, lambda thread: thread, properties=properties_of(call, ("id", "emailIds")))
