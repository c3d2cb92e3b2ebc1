"""The exceptions of the package."""


class InputError(ValueError):
    """An input that cannot be used.

    The message is one line that names the input, says what is wrong with it and what
    would be right. The command line prints it and exits with code 2; from Python it is
    an ordinary :class:`ValueError`.
    """


class MissingExtra(ImportError):
    """An optional package is not installed.

    Attributes
    ----------
    extra : str
        The extra of this package that brings it.

    Parameters
    ----------
    extra : str
    *others : str
        Extras that would do as well.
    """

    def __init__(self, extra: str, *others: str):
        names = " or ".join(map(repr, (extra, *others)))
        super().__init__(f"needs the extra {names}: pip install 'analogtheory[{extra}]'")
        self.extra = extra
