"""What a user sees: one file a domain, built from the furniture in kit.

Not here: rules and database calls (controllers). Views don't import one another.
"""
