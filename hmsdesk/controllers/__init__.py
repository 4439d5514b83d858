"""What a user may do: one file a domain; plain synchronous Python, guarded, audited, one transaction each.

Not here: Qt, threads, widgets (views), and the wire (database).
"""
