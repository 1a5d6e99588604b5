"""What every failure of the database that we find ourselves has: a code that says why."""


class Coded(Exception):
    """Show the message of ``code``.

    Attributes:
        code: why, a key of ``webapp/messages``.
    """

    code: str
