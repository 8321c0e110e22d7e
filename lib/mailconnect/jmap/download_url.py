"""The address of a blob (RFC 8620 §6.2): the session's template with its variables filled in (RFC 6570, level 1)."""

from urllib.parse import quote

_NAME = "attachment"
_TYPE = "application/octet-stream"


def download_url(template: str, account_id: str, blob_id: str) -> str:
    """The file's own name and type are left out: they are content, and the address may be logged on the way."""
    values = {"{accountId}": account_id, "{blobId}": blob_id, "{name}": _NAME, "{type}": _TYPE}
    for variable, value in values.items():
        template = template.replace(variable, quote(value, safe=""))
    return template
