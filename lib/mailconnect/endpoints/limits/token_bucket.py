"""A ceiling on what anybody may cause without having proved anything: for each process, whoever asks (RFC 6585 §4).

It keeps strangers from wearing out the provider's patience in everybody's name, and asks no store. What is counted by
address and by grant is in mailconnect.endpoints.limits.limits.
"""

from mailconnect.clock import Clock


class Ceiling:
    """A bucket of `most` tries that fills again by one every `seconds`."""

    def __init__(self, clock: Clock, *, most: int, seconds: int) -> None:
        self._clock = clock
        self._most = most
        self._seconds = seconds
        self._left = float(most)
        self._at = clock()

    def allows(self) -> bool:
        """Counts a try; False when the bucket is empty."""
        now = self._clock()
        self._left = min(self._left + max(now - self._at, 0) / self._seconds, self._most)
        self._at = now
        if self._left < 1:
            return False
        self._left -= 1
        return True
