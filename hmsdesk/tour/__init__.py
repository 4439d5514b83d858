"""The tour: the clinic's day played in real windows, a process for each person, with pictures of each step.

Not here: anything the program needs. The tour drives it from outside, as people do: by keys, clicks and what is shown.
"""
