"""What every command has in common: how failures are told, where the practice comes from, and how secrets are asked."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import wraps
from typing import TYPE_CHECKING, Annotated, ParamSpec, TypeVar

import typer

from hmsdesk.errors import UserError
from hmsdesk.opening import in_words
from hmsdesk.settings import Settings

if TYPE_CHECKING:
    from hmsdesk.controllers.workplace import Workplace

P = ParamSpec("P")
T = TypeVar("T")

As = Annotated[str, typer.Option("--as", metavar="EMAIL", help="Whose account.")]
AsOwner = Annotated[str, typer.Option("--as", metavar="EMAIL", help="An owner's account; else asked for.")]
ATLAS_VARIABLE = "HMSDESK_ATLAS_KEY"
PASSWORD_VARIABLE = "HMSDESK_PASSWORD"  # noqa: S105 (the variable's name)


def told(command: Callable[P, T]) -> Callable[P, T]:
    """A command whose expected failures are told as sentences, not as exceptions."""

    @wraps(command)
    def wrapper(*args: P.args, **kwargs: P.kwargs) -> T:
        try:
            return command(*args, **kwargs)
        except (UserError, OSError) as error:
            typer.echo(in_words(error), err=True)
        raise typer.Exit(1)

    return wrapper


@contextmanager
def workplace() -> Iterator[Workplace]:
    """This data folder's workplace, closed at the end."""
    # The window is painted before what a server needs is imported.
    from hmsdesk.controllers.workplace import Workplace

    opened = Workplace(Settings())
    try:
        yield opened
    finally:
        opened.close()


def ask_password(whose: str = "Password") -> str:
    """The password: from the environment, or asked for without showing it."""
    return os.environ.get(PASSWORD_VARIABLE) or typer.prompt(whose, hide_input=True, err=True)


def ask_atlas_key() -> tuple[str, str]:
    """Both parts of a key to Atlas's Administration API: from the environment, or asked for."""
    key, _, secret = os.environ.get(ATLAS_VARIABLE, "").partition(":")
    key = key or typer.prompt("Public key, or client ID of a service account", err=True)
    return key, secret or typer.prompt("Private key, or its secret", hide_input=True, err=True)
