"""A Fastmail to run on a laptop: its authorization server and its JMAP server, with their real habits."""
