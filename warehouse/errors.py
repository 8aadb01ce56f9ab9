"""The base of the faults that a person can do something about."""


class NightjarError(RuntimeError):
    """One line: what, where, expected and found, remedy. The command line prints it without a traceback."""
