"""The dispensary: the queue, what a scanned page is worth, and handing out, once and from the earliest lots."""
