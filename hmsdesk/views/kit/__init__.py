"""The shared furniture: tasks, page model, list page, form, banner, toasts, theme.

Not here: anything that knows one domain.
"""
