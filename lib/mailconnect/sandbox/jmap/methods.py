"""Every method that the sandbox answers: the capability it belongs to, and what answers it."""

from collections.abc import Callable
from typing import Any

from mailconnect.sandbox.jmap.call import Call
from mailconnect.sandbox.jmap.contact.address_book_get import address_book_get
from mailconnect.sandbox.jmap.contact.card_get import contact_card_get
from mailconnect.sandbox.jmap.contact.card_query import contact_card_query
from mailconnect.sandbox.jmap.email.changes import email_changes
from mailconnect.sandbox.jmap.email.get import email_get
from mailconnect.sandbox.jmap.email.parse import email_parse
from mailconnect.sandbox.jmap.email.query import email_query, email_query_changes
from mailconnect.sandbox.jmap.email.set import email_set
from mailconnect.sandbox.jmap.email_submission.get import email_submission_get, email_submission_query
from mailconnect.sandbox.jmap.email_submission.set import email_submission_set
from mailconnect.sandbox.jmap.identity_get import identity_get
from mailconnect.sandbox.jmap.mailbox.get import mailbox_get
from mailconnect.sandbox.jmap.mailbox.query import mailbox_query
from mailconnect.sandbox.jmap.mailbox.set import mailbox_set
from mailconnect.sandbox.jmap.masked_email.get import masked_email_get
from mailconnect.sandbox.jmap.masked_email.set import masked_email_set
from mailconnect.sandbox.jmap.search_snippet_get import search_snippet_get
from mailconnect.sandbox.jmap.thread_get import thread_get
from mailconnect.sandbox.oauth.scopes import CONTACTS, MAIL, MASKED_EMAIL, SUBMISSION

METHODS: dict[str, tuple[str, Callable[[Call], dict[str, Any]]]] = {
    "Mailbox/get": (MAIL, mailbox_get),
    "Mailbox/query": (MAIL, mailbox_query),
    "Mailbox/set": (MAIL, mailbox_set),
    "Email/get": (MAIL, email_get),
    "Email/set": (MAIL, email_set),
    "Email/parse": (MAIL, email_parse),
    "Email/query": (MAIL, email_query),
    "Email/queryChanges": (MAIL, email_query_changes),
    "Email/changes": (MAIL, email_changes),
    "Thread/get": (MAIL, thread_get),
    "SearchSnippet/get": (MAIL, search_snippet_get),
    "EmailSubmission/get": (SUBMISSION, email_submission_get),
    "EmailSubmission/query": (SUBMISSION, email_submission_query),
    "EmailSubmission/set": (SUBMISSION, email_submission_set),
    "Identity/get": (SUBMISSION, identity_get),
    "AddressBook/get": (CONTACTS, address_book_get),
    "ContactCard/get": (CONTACTS, contact_card_get),
    "ContactCard/query": (CONTACTS, contact_card_query),
    "MaskedEmail/get": (MASKED_EMAIL, masked_email_get),
    "MaskedEmail/set": (MASKED_EMAIL, masked_email_set),
}
