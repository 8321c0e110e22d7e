"""A provider that rotates refresh tokens and ends everything when an old one is used again, as Fastmail does."""

from dataclasses import dataclass, field

from mailconnect.grants.props import Props


@dataclass(slots=True)
class StrictProvider:
    name: str
    generation: int = 0
    used: set[str] = field(default_factory=set)
    dead: bool = False

    @property
    def live(self) -> str:
        """The one refresh token that it will take."""
        return f"provider-refresh-canary-{self.name}-{self.generation}"

    def issue(self, now: int) -> Props:
        access_token = f"provider-access-canary-{self.name}-{self.generation}"
        return Props(access_token=access_token, refresh_token=self.live, obtained_at=now, expires_at=now + 3600)

    def refresh(self, refresh_token: str, now: int) -> Props | None:
        """None is `invalid_grant`."""
        if refresh_token in self.used:
            self.dead = True
        if self.dead or refresh_token != self.live:
            return None
        self.used.add(refresh_token)
        self.generation += 1
        return self.issue(now)
