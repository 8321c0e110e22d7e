"""What each tool takes: one model per tool gives its input schema, its descriptions and its validation errors."""
