"""One outside system a file: what is sent to it and what comes back.

Not here: when to call it (controllers).
"""
