"""Attachments made by code, the same bytes every time."""
