"""`python -m mailconnect.local.freshness`: fails where a build would serve a security.txt that expires soon."""

import sys
from datetime import UTC, date, datetime

from mailconnect.endpoints.pages.security_txt import due_for_renewal, expires
from mailconnect.version import RELEASED, VERSION


def main(today: date) -> int:
    if not due_for_renewal(RELEASED, today):
        return 0
    sys.stderr.write(
        f"The security.txt of version {VERSION} expires on {expires(RELEASED)}: release a new version, its date in "
        "lib/mailconnect/version.py.\n"
    )
    return 1


if __name__ == "__main__":
    sys.exit(main(datetime.now(UTC).date()))
