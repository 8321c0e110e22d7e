"""Messages that wait for their owner's approval."""
