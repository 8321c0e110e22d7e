"""The changes that a patch makes to one email: pure, so that every provider files alike.

Some people keep each email in one folder, others give it several labels; the protocol has one set of mailboxes for
both. So a move replaces the set, adding and removing do not, and to archive takes away the inbox alone: an email
with a label keeps it, and one that lay in the inbox only goes to the archive.
"""

from collections.abc import Iterable, Mapping

from mailconnect.encoding.discreet import Discreet
from mailconnect.mail.change import Filed, Patch, Why
from mailconnect.mail.mailbox.errors import NoPlaceFor, NotAPlace
from mailconnect.mail.mailbox.mailbox import Mailbox
from mailconnect.mail.query.errors import QueryError
from mailconnect.mail.query.places import Places

SEEN, FLAGGED, JUNK, NOT_JUNK, DRAFT = "$seen", "$flagged", "$junk", "$notjunk", "$draft"
FILLED_BY_PROVIDER = frozenset({"scheduled", "snoozed", "memos", "templates", "all", "flagged", "important", "unread"})
"""Roles whose mailboxes say more than where an email lies (RFC 8621 §2; IANA's mailbox names; Fastmail's own)."""
_WAITING = "scheduled"


class Filing(Discreet, frozen=True):
    """A patch with its mailboxes found. Each of the ids is of a mailbox in `mailboxes`."""

    patch: Patch
    mailboxes: Mapping[str, Mailbox]
    move_to: str | None
    add_to: frozenset[str]
    remove_from: frozenset[str]
    inbox: str | None
    archive: str | None
    junk: str | None


class Aim(Discreet, frozen=True):
    """The mailboxes and marks to add to an email and to remove from it."""

    before: Filed
    into: frozenset[str]
    out_of: frozenset[str]
    marked: frozenset[str]
    unmarked: frozenset[str]

    @property
    def after(self) -> Filed:
        return Filed(
            self.before.id,
            self.before.mailbox_ids - self.out_of | self.into,
            self.before.keywords - self.unmarked | self.marked,
        )

    def is_reached(self, now: Filed) -> bool:
        """By an email as it is found later."""
        held = self.into <= now.mailbox_ids and self.marked <= now.keywords
        return held and not self.out_of & now.mailbox_ids and not self.unmarked & now.keywords


def filing(patch: Patch, mailboxes: Iterable[Mailbox], places: Places) -> Filing:
    """Finds the mailboxes that a patch names.

    Raises QueryError for one that is not there or not clear, NoPlaceFor without junk, NotAPlace.
    """
    by_id = {one.id: one for one in mailboxes}
    move_to = places.find(patch.move_to).id if patch.move_to else None
    add_to = frozenset(places.find(named).id for named in patch.add_to)
    junk = _by_role(places, "junk")
    if move_to is not None and move_to == junk and patch.junk is None:
        patch = Patch(read=patch.read, flagged=patch.flagged, junk=True, add_to=patch.add_to)
        move_to = None
    if patch.junk and junk is None:
        raise NoPlaceFor("junk")
    goals = add_to | ({move_to} if move_to is not None else set())
    if any(by_id[ident].role in FILLED_BY_PROVIDER for ident in goals if ident in by_id):
        raise NotAPlace("a mailbox that the provider fills")
    if any(by_id[ident].role in {"junk", "trash"} for ident in add_to if ident in by_id):
        raise NotAPlace("junk and trash are moved to")
    return Filing(
        patch=patch,
        mailboxes=by_id,
        move_to=move_to,
        add_to=add_to,
        remove_from=frozenset(places.find(named).id for named in patch.remove_from),
        inbox=_by_role(places, "inbox"),
        archive=_by_role(places, "archive"),
        junk=junk,
    )


def aim(asked: Filing, filed: Filed) -> Aim | Why | None:
    """The changes to this email, the reason why there can be none, or None if the email is so already."""
    wanted = _wanted(asked, filed)
    if isinstance(wanted, Why):
        return wanted
    marked, unmarked = _marks(asked, filed)
    made = Aim(
        filed,
        wanted - filed.mailbox_ids,
        filed.mailbox_ids - wanted,
        marked - filed.keywords,
        unmarked & filed.keywords,
    )
    if not (made.into or made.out_of or made.marked or made.unmarked):
        return None
    return _forbidden(asked, made) or made


def _wanted(asked: Filing, filed: Filed) -> frozenset[str] | Why:
    """The mailboxes that the email is to lie in."""
    now, patch = filed.mailbox_ids, asked.patch
    if not patch.files:
        return now
    if any(_role(asked, ident) == _WAITING for ident in now):
        return Why.WAITS
    wanted = now
    goal = asked.junk if patch.junk else asked.move_to
    if goal is not None:
        wanted = frozenset({goal})
    elif patch.junk is False and asked.junk in now:
        wanted = now - {asked.junk} | ({asked.inbox} if asked.inbox is not None else set())
    if patch.archive and goal is None and asked.inbox is not None:
        wanted -= {asked.inbox}
    wanted = wanted - (asked.remove_from - {goal}) | asked.add_to
    if not wanted:
        if asked.archive is None:
            return Why.NO_ARCHIVE
        if asked.archive in now:
            return Why.NOWHERE
        wanted = frozenset({asked.archive})
    return _misplaced(asked, filed, wanted - now) or wanted


def _misplaced(asked: Filing, filed: Filed, into: frozenset[str]) -> Why | None:
    """A draft among the sent would say that its owner sent it, and another message among the drafts could be sent."""
    roles = {_role(asked, ident) for ident in into}
    is_draft = DRAFT in filed.keywords
    if "drafts" in roles and not is_draft:
        return Why.ONLY_DRAFTS
    return Why.NOT_SENT if "sent" in roles and is_draft else None


def _marks(asked: Filing, filed: Filed) -> tuple[frozenset[str], frozenset[str]]:
    """The keywords to be set, and those to be taken away."""
    patch = asked.patch
    marked, unmarked = set[str](), set[str]()
    for wanted, keyword in ((patch.read, SEEN), (patch.flagged, FLAGGED)):
        if wanted is not None:
            (marked if wanted else unmarked).add(keyword)
    if patch.junk:
        marked.add(JUNK)
        unmarked.add(NOT_JUNK)
    elif patch.junk is False and (JUNK in filed.keywords or asked.junk in filed.mailbox_ids):
        marked.add(NOT_JUNK)
        unmarked.add(JUNK)
    return frozenset(marked), frozenset(unmarked)


def _forbidden(asked: Filing, made: Aim) -> Why | None:
    """By the rights that the provider names (RFC 8621 §2): the right to mark holds in every mailbox of the email."""
    rights = {ident: one.my_rights for ident, one in asked.mailboxes.items()}
    marks = made.marked | made.unmarked
    lies_in = [rights[ident] for ident in made.before.mailbox_ids if ident in rights]
    allowed = (
        all(rights[ident].may_add_items for ident in made.into if ident in rights)
        and all(rights[ident].may_remove_items for ident in made.out_of if ident in rights)
        and (SEEN not in marks or all(one.may_set_seen for one in lies_in))
        and (not marks - {SEEN} or all(one.may_set_keywords for one in lies_in))
    )
    return None if allowed else Why.NO_RIGHT


def _role(asked: Filing, ident: str) -> str | None:
    return asked.mailboxes[ident].role if ident in asked.mailboxes else None


def _by_role(places: Places, role: str) -> str | None:
    """The mailbox with the role, or one that is called so; None where there is none."""
    try:
        return places.find(role).id
    except QueryError:
        return None
