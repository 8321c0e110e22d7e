"""A message for a model: text from HTML, quotes, links, invisible characters, verdicts, fences, budgets. Pure."""
