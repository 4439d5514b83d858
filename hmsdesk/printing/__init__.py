"""Paper: a record becomes PDF bytes or a QR image, and the codes in a picture of a page are read.

Not here: choosing a printer or showing a preview (views), reading records (controllers).
"""
