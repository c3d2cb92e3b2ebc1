"""The one error a user's mistake raises."""


class InputError(ValueError):
    """An input that cannot be used.

    The message is one line that names the input, says what is wrong with it and what
    would be right. The command line prints it and exits with code 2; from Python it is
    an ordinary :class:`ValueError`.
    """
