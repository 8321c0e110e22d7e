"""Others and we at a person's tasks: the same mailbox on Cyrus, the same questions, the same yardstick."""
