"""The first run: what a new data folder is asked, one question at a time.

A step asks and checks its own fields; the wizard knows the way from one to the next, founds the practice, and no more.
"""

from hmsdesk.views.first_run.wizard import FirstRun

__all__ = ["FirstRun"]
