"""Every scope there is, as a grant that holds them all has them."""

from mailconnect.jmap.allowance import Allowance, allowance
from mailconnect.oauth.scopes import SCOPES

ALL = frozenset(SCOPES)
ALL_ALLOWED: Allowance = allowance(ALL)
