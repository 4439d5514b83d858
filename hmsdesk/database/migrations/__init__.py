"""One file a change of what is stored, run in order by provisioning.

Not here: what the newest form looks like; that is the declaration in models.
"""
