"""What things are: one file a domain, holding its records, value types and the rules that need no I/O.

Not here: reading and writing (controllers through database), and anything of Qt.
"""
