"""Who may do what, and the keys that make it hold: permissions, roles, secrets, sealing, signing.

Not here: anything that talks to a server (database) or asks a person (views).
"""
