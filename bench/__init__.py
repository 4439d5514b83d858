"""Measures the program against bare PyMongo doing the same work in the same run. One file a benchmark."""
