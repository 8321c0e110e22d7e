"""The arguments of each tool: one model per tool gives its input schema, its descriptions and its validation errors."""
