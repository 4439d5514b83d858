"""A record becomes PDF bytes or a QR image.

Not here: choosing a printer or showing a preview (views), reading records (controllers).
"""
