"""Compares this program with others at an owner's tasks: the same mailbox on Cyrus, questions and measure."""
