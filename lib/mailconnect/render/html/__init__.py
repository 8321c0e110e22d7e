"""HTML to text, without what nobody sees of it. Pure."""
