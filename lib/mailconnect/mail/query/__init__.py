"""The search language: one Gmail-like line, read into a tree in mail's words.

`parse` reads it, `tree` says what it may say, `printer` writes it back, `places` finds the mailboxes it names.
The tree knows no protocol: an adapter turns it into its own search.
"""
