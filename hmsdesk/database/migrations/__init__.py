"""One file a change of records that are stored, for practices that an older release founded. None was released yet.

Nothing runs them so far: the first one gives `upkeep.bring_up_to_date` its order and its place to note what was done.

Not here: collections, validators, indexes and roles (provision makes them anew, whatever was there); what the newest
form of a record looks like (models).
"""
