"""The verbs that `%presign` and `jupyter presign` share: words → command → outcome → text or JSON.

Nothing heavy is imported here: a verb loads what it needs when it runs.
"""
