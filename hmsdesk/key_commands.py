"""The commands about the keys of encrypted fields, and about what is still in the clear."""

from __future__ import annotations

import typer

from hmsdesk.command_line import AsOwner, as_owner, if_ended, told, watching
from hmsdesk.models.text import so_many

keys_cli = typer.Typer(help="The keys of encrypted fields, and what is in the clear.", no_args_is_help=True)


ENDED = "Nothing is lost, and people can work on. Run the same command again: it goes on with what is left."


def add_to(cli: typer.Typer) -> None:
    """Add the commands to the program's."""
    cli.add_typer(keys_cli, name="keys")


@keys_cli.command("status")
@told
def keys_status(email: AsOwner = "") -> None:
    """Each kind of record with encrypted fields: its key, and how much is in the clear. Exit code 1 if anything is."""
    from hmsdesk.controllers.encrypting import status

    with as_owner(email) as owner:
        found = status(owner)
    for kept in found:
        since = f"{kept.since:%Y-%m-%d}" if kept.since else "none"
        clear = f"{kept.clear:,} in the clear" if kept.clear else "all encrypted"
        being = "; being replaced" if kept.keys > 1 else ""
        typer.echo(f"{kept.collection}\tkey {kept.generation}, since {since}{being}\t{clear}")
    raise typer.Exit(1 if any(kept.clear or not kept.generation for kept in found) else 0)


@keys_cli.command("encrypt")
@told
def keys_encrypt(email: AsOwner = "") -> None:
    """Encrypt what an older program left in the clear. People may work on; broken off, it goes on where it was."""
    from hmsdesk.controllers.encrypting import encrypt

    with if_ended(lambda: ENDED), as_owner(email) as owner:
        done = encrypt(owner, watching("Records"))
    typer.echo(f"{resealed(done, 'was', 'were')} encrypted; nothing is in the clear any more.")


@keys_cli.command("rotate")
@told
def keys_rotate(email: AsOwner = "") -> None:
    """Replace the keys and encrypt everything anew. People may work on; broken off, it is brought to its end."""
    from hmsdesk.controllers.encrypting import rotate

    with if_ended(lambda: ENDED), as_owner(email) as owner:
        done = rotate(owner, watching("Records"))
    typer.echo(f"{resealed(done, 'is', 'are')} under new keys; the former ones are gone.")


def resealed(number: int, of_one: str, of_several: str) -> str:
    """How many records and earlier versions of some, with the verb that follows."""
    return so_many(number, f"record or earlier version {of_one}", f"records and earlier versions {of_several}")
