"""One line of a terminal, whatever is in it."""


def one_line(text: str) -> str:
    """A text with all that is not printed spelled out, such as a newline or an escape in the name of a file.

    >>> one_line("a\\nb.mp4: no such file")
    'a\\\\nb.mp4: no such file'
    """
    return "".join(sign if sign.isprintable() else sign.encode("unicode_escape").decode() for sign in text)
