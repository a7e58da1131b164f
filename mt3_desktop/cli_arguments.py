"""Arguments that several commands take."""

from __future__ import annotations

import argparse


def option(text: str) -> tuple[str, int | float | str]:
    """NAME=VALUE, the value as a number if it is one.

    Raises:
        argparse.ArgumentTypeError: if it has another form.
    """
    name, separator, value = text.partition("=")
    if not separator or not name:
        raise argparse.ArgumentTypeError(f'"{text}" is not NAME=VALUE')
    for number in (int, float):
        try:
            return name, number(value)
        except ValueError:
            continue
    return name, value
