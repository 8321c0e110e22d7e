"""How grants and clients are called where their own ids would tell too much: logs, receipts, KMS contexts."""

import hashlib


def grant_hash(grant_id: str) -> str:
    """How a grant is called in logs, receipts and KMS contexts: its id is half of what a token is made of."""
    return hashlib.sha256(b"grant\0" + grant_id.encode()).hexdigest()[:32]


def client_name(client_id: str) -> str:
    """How a client is called here: by the id that we gave it, or by a hash of the address that it chose."""
    if "/" not in client_id:
        return client_id
    return f"url:{hashlib.sha256(client_id.encode('utf-8', 'surrogateescape')).hexdigest()[:16]}"
