"""A message of the owner's as it will leave: recipients, threading, quotation, Markdown, signature. Pure."""
