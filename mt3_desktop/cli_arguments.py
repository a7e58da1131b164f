"""Arguments that several commands take."""

from __future__ import annotations

import argparse

from mt3_desktop.core.span import parse_time


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


def time(text: str) -> float:
    """A time in seconds: "1:20", or "80".

    Raises:
        argparse.ArgumentTypeError: if it is none.
    """
    try:
        return parse_time(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(str(error)) from None
