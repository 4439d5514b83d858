"""The server: starting it, connecting, provisioning, units of work, the trail, live changes.

Not here: what a record means (models) and who may do what to it (controllers, security.permissions).
"""
