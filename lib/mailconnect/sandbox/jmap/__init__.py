"""The sandbox's JMAP server (RFC 8620): the session, requests, and a file for each method."""
