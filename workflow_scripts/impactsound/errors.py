"""The one error that a user is meant to read."""


class InputError(ValueError):
    """Something handed to the workflow is wrong; the message is one line naming the file and the cure."""
