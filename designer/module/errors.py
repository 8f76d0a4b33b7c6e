"""How a module says that it cannot do its work."""


class ModuleError(Exception):
    """A failure the user can mend: a number that stays the same for ever, what is wrong, and what to do about it.

    Args:
        number: the stable error number, as the reference lists them (`1` reads "Error 0001: column not found").
        message: one sentence that names the column, value or port.
        cure: one sentence that says what to do.
    """

    def __init__(self, number: int, message: str, cure: str = "") -> None:
        self.number = number
        self.message = message
        self.cure = cure
        super().__init__(f"Error {number:04d}: {message}" + (f" {cure}" if cure else ""))
