"""The mail of the sandbox's people: letters as data, and the store that JMAP reads."""
