"""What a user may do: one file a domain; plain synchronous Python, guarded, audited, one transaction each.

Not here: Qt, threads, widgets (views), and the wire (database).
"""

from hmsdesk.absent import absent

# An open window takes 4 MB less without what pictures in records and the listing of number formats would need.
with absent("PIL"):
    import mongoengine  # noqa: F401
with absent("pydoc"):
    import stdnum.util  # noqa: F401
