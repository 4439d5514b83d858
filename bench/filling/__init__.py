"""Fills a demo practice past the program: its patients and clinic days many times over, in minutes."""

from bench.filling.filling import Access, fill, frequent, regular

__all__ = ["Access", "fill", "frequent", "regular"]
