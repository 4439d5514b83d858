"""One file a change of what is stored, for practices that an older release founded. None was released yet.

Not here: what the newest form looks like; that is the declaration in models.
"""
