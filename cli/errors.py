"""What users see when something goes wrong: one line on stderr, exit code 2, no traceback for a mistake of theirs."""

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager

import typer

USAGE = 2
"""Exit code of a mistake the user can mend."""


@contextmanager
def one_line_errors() -> Iterator[None]:
    """Turn mistakes of the user within the block into one line and exit code 2; anything else is a bug and passes.

    Standard output is flushed at the end, so that a reader who went away (a broken pipe) is noticed here, quietly.
    """
    try:
        yield
        if sys.stdout is not None:
            with about_file("standard output"):
                sys.stdout.flush()
    except BrokenPipeError:
        # The interpreter flushes once more when it ends; give it somewhere to flush to.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        raise SystemExit(1) from None
    except Exception as error:
        line = explain(error)
        if line is None:
            raise
        typer.echo(f"plait: {line}", err=True)
        raise SystemExit(USAGE) from None


def explain(error: Exception) -> str | None:
    """The line that tells users of their mistake; None if the error is not one."""
    from plait.models.errors import PlaitError

    if isinstance(error, PlaitError):
        return one_line(str(error))
    message = getattr(error, "format_message", None)  # typer's usage errors; their class has moved between versions
    if message is None:
        return None
    context = getattr(error, "ctx", None)
    hint = f"; see '{context.command_path} --help'" if context else ""
    return one_line(message()).rstrip(".") + hint


def one_line(text: str) -> str:
    """Text on one line of printable characters.

    >>> one_line("a\\n  b\\x1b[31m")
    'a b?[31m'
    """
    return "".join(c if c.isprintable() else "?" for c in " ".join(text.split()))


@contextmanager
def about_file(path: str | os.PathLike[str]) -> Iterator[None]:
    """Name the file when the system refuses to read or write it.

    Raises:
        PlaitError: for an OSError within the block, other than a broken pipe.
    """
    try:
        yield
    except BrokenPipeError:
        raise
    except OSError as error:
        from plait.models.errors import PlaitError

        raise PlaitError(f"{os.fspath(path)}: {error.strerror or error}") from error
