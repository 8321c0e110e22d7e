"""The sandbox's authorization server, with Fastmail's habits."""
