"""HMSDesk: the desktop program that runs a clinic or a small hospital on MongoDB."""

__version__ = "0.1.0"
