"""The command line: parse, call one library function, print or save. No science."""


def main() -> None:
    """Run `plait` with the arguments of this process."""
    from plait.cli.app import app

    app()
