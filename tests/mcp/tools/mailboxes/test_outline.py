from mailconnect.mail.mailbox.mailbox import ALL_RIGHTS, Mailbox, Rights, tree
from mailconnect.mcp.tools.mailboxes.list_mailboxes import _summary, _totals, outline, shown


def mailbox(ident, name, parent=None, role=None, total=0, unread=0, rights=ALL_RIGHTS):
    return Mailbox(ident, name, total, unread, 0, 0, rights, parent, role)


MAILBOXES = [
    mailbox("m1", "Inbox", role="inbox", total=120, unread=3),
    mailbox("m2", "Work"),
    mailbox("m3", "Invoices", "m2", total=1),
    mailbox("m4", "X\nTotal: 9 unread", rights=Rights(may_read_items=True)),
    mailbox("m5", "Y", rights=Rights()),
]


def test_a_person_reads_a_tree():
    assert outline(tree(shown(MAILBOXES)), ids=False).splitlines() == [
        "Inbox (inbox): 120 emails, 3 unread",
        "Work: 0 emails, 0 unread",
        "  Invoices: 1 email, 0 unread",
        "X\ufffdTotal: 9 unread: 0 emails, 0 unread, read-only",
        "Y: 0 emails, 0 unread, not readable",
    ]


def test_a_model_reads_ids_and_where_picked_the_full_paths():
    picked = [branch for branch in tree(MAILBOXES) if branch.mailbox.id == "m3"]
    assert outline(picked, ids=True, paths=True) == "Work/Invoices: 1 email, 0 unread [mailboxId m3]"


def test_a_deep_tree_does_not_run_off_the_page():
    chain = [mailbox(f"m{n}", "x", f"m{n - 1}" if n else None) for n in range(1000)]
    assert max(map(len, outline(tree(chain), ids=False).splitlines())) < 60


def test_the_summary_counts():
    assert _summary(_totals(tree(MAILBOXES))) == "5 mailboxes, 121 emails, 3 unread"
    assert _summary(_totals(tree(MAILBOXES[2:3]))) == "1 mailbox, 1 email, 0 unread"


def test_totals_are_summed_over_mailboxes():
    assert _totals(tree(MAILBOXES[:3])) == {"mailboxes": 3, "emails": 121, "unreadEmails": 3}
