"""Messages that wait for their owner's word (design §10)."""
