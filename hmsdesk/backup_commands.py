"""The commands that make backups, look at them and bring a practice back from one."""

from __future__ import annotations

import os
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from hmsdesk.command_line import (
    SERVER_PASSWORD_VARIABLE,
    AsOwner,
    as_owner,
    ask_atlas_key,
    ask_hidden,
    ask_server_password,
    if_ended,
    say_doing,
    told,
    watching,
    workplace,
)
from hmsdesk.errors import InvalidInput, UserError
from hmsdesk.models.text import for_terminal, so_many
from hmsdesk.settings import SecretStore, Settings

if TYPE_CHECKING:
    from hmsdesk.controllers.founding import Place
    from hmsdesk.controllers.restoring import Restored
    from hmsdesk.models.manifests import Manifest
    from hmsdesk.security.backup_keys import OpenedBackup

PASSPHRASE_VARIABLE = "HMSDESK_BACKUP_PASSPHRASE"  # noqa: S105 (the variable's name)
PROJECT_VARIABLE = "HMSDESK_ATLAS_PROJECT"
BackupFile = Annotated[Path, typer.Argument(metavar="FILE", help="The backup.", dir_okay=False)]
KeyFile = Annotated[Path | None, typer.Option("--key", metavar="FILE", help="A key's file, in place of a passphrase.")]
OPTIONS = {"workstation", "prefix", "address", "database", "ca", "key"}
OPENS_IT = "Without this passphrase, or the recovery code of today, nobody opens the backup again. Keep it elsewhere."


def add_to(cli: typer.Typer) -> None:
    """Add the commands to the program's."""
    for name, command in (
        ("backup", backup),
        ("restore", restore),
        ("backup-check", check),
        ("backup-export", export),
        ("backup-key", make_key),
    ):
        cli.command(name)(told(command))


def backup(
    *,
    file: Annotated[Path | None, typer.Argument(metavar="[FILE]", help="The backup.", dir_okay=False)] = None,
    email: AsOwner = "",
    key: KeyFile = None,
    daily: Annotated[
        bool, typer.Option("--daily", help="The one that was set up on this computer: asks for nothing.")
    ] = False,
) -> None:
    """Write everything the practice keeps, as it is at one moment, into a new sealed file. People may go on working."""
    from hmsdesk.controllers import backing_up

    if daily == (file is not None) or (daily and (key or email)):
        raise typer.BadParameter("either FILE, or --daily alone")
    if file is None:
        back_up_daily()
        return
    # So that nobody types for nothing.
    backing_up.look_at_name(file.absolute())
    secret = backing_up.read_key(key) if key else ""
    with if_ended(lambda: what_was_left(file)), as_owner(email) as owner:
        passphrase = "" if secret else ask_new_passphrase()
        lock = backing_up.lock_of(owner, passphrase, secret)
        manifest = backing_up.back_up(owner, file.absolute(), lock, watching("Records"))
    say_what_is_in(manifest)
    if passphrase:
        typer.echo(OPENS_IT, err=True)


def what_was_left(file: Path) -> str:
    """What there is where a backup was ended before it said that it was done."""
    if file.exists():
        return f"{file} is there, and whole; the list of backups may not name it."
    return "The backup was not made, and nothing is left of it. Run the same command again."


def back_up_daily() -> None:
    """For the system's scheduler, where no window is open."""
    from hmsdesk.controllers import daily_backups

    with workplace() as place:
        say_what_is_in(daily_backups.back_up_daily(place.door(), watching("Records")))


def restore(
    *,
    file: BackupFile,
    key: KeyFile = None,
    workstation: Annotated[str | None, typer.Option(metavar="NAME", help="What this computer is called there.")] = None,
    prefix: Annotated[
        str | None, typer.Option(metavar="LETTERS", help="Two, for the patient IDs it gives out.")
    ] = None,
    address: Annotated[
        str,
        typer.Option(
            metavar="URI",
            help="A shared server's, without a user. "
            f"The database owner's password: from {SERVER_PASSWORD_VARIABLE}, else asked for.",
        ),
    ] = "",
    database: Annotated[str, typer.Option(metavar="NAME", help="There, as `hmsdesk provision` printed it.")] = "",
    ca: Annotated[str, typer.Option(metavar="FILE", help="The clinic's own certificate authority: ca.pem.")] = "",
    private_file: Annotated[
        bool, typer.Option("--private-file", help="Keep this computer's keys in a private file, not the keyring.")
    ] = False,
) -> None:
    """Bring a practice back from a backup, in an empty data folder: on this computer, or with --address on a server.

    The whole file is read and checked before anything is made. Then the same people sign in with the same passwords.
    """
    from hmsdesk.controllers import backing_up, restoring
    from hmsdesk.controllers.restoring import Restoring, Telling

    refuse_blank(workstation=workstation, prefix=prefix)
    if bool(address) != bool(database) or (ca and not address):
        raise typer.BadParameter("--address and --database go together, and --ca with them")
    store = SecretStore.FILE if private_file else SecretStore.KEYRING
    asked = Restoring(
        file=file.absolute(),
        workstation=workstation or socket.gethostname()[:60],
        prefix=prefix or "",
        secret_store=store,
    )
    with workplace() as place, naming_options():
        backing_up.look_at(asked.file)
        restoring.refuse_early(place, asked, on_own_server=not address)
        with if_ended(lambda: restoring.what_was_left(place.settings)):
            opened = open_backup(asked.file, key)
            telling = Telling(say_doing, watching("Done"))
            there = place_on_server(address, database, ca) if address else None
            restored = restoring.restore(place, asked, opened, there, telling)
    say_what_was_restored(restored)
    raise typer.Exit(0 if restored.report.holds else 1)


def refuse_blank(**options: str | None) -> None:
    """An option that is named with nothing is a slip, and not the same as one that isn't named."""
    for name, value in options.items():
        if value is not None and not value.strip():
            raise typer.BadParameter(f"--{name} is empty")


@contextmanager
def naming_options() -> Iterator[None]:
    """What is wrong with something that was said by an option names the option."""
    try:
        yield
    except InvalidInput as invalid:
        if not invalid.fields.keys() & OPTIONS:
            raise
        said = [f"--{name}: {why}" if name in OPTIONS else why for name, why in invalid.fields.items()]
        raise UserError(invalid.title, "\n".join(said)) from None


def place_on_server(address: str, database: str, ca: str) -> Place:
    """An empty place on a shared server. On Atlas it also takes the project and a key to the Administration API."""
    from hmsdesk.controllers import provisioning

    access = None
    if provisioning.is_on_atlas(address):
        project = os.environ.get(PROJECT_VARIABLE) or typer.prompt("ID of the project on Atlas", err=True)
        access = provisioning.checked_access(project, *ask_atlas_key(), Settings())
    password = ask_server_password("The database owner's password")
    return provisioning.checked_place(address, database, password, ca, access)


def check(file: BackupFile, key: KeyFile = None) -> None:
    """Read a backup from its beginning to its end, compare it with what it says of itself, and say what is in it."""
    from hmsdesk.controllers.backing_up import verified_backup

    opened = open_backup(file, key)
    say_what_is_in(verified_backup(file, opened, watching("Bytes")))


def export(
    file: BackupFile,
    folder: Annotated[Path, typer.Argument(metavar="FOLDER", help="A new folder, for this user alone.")],
    key: KeyFile = None,
) -> None:
    """Write a backup's content out in the clear, as MongoDB's mongorestore reads it. Encrypt the disk it goes to."""
    from hmsdesk.controllers import backing_up

    # So that nobody types for nothing.
    backing_up.look_at_name(folder.absolute())
    opened = open_backup(file, key)
    there = backing_up.export(file, opened, folder.absolute(), watching("Bytes"))
    typer.echo(for_terminal(f"{there}: everybody who can read this folder reads everything."), err=True)


def make_key(file: Annotated[Path, typer.Argument(metavar="FILE", help="Where the new key goes.")]) -> None:
    """Make a key for backups, to be kept apart from them: whoever has it opens those that are made with it."""
    from hmsdesk.controllers.backing_up import write_key
    from hmsdesk.security.backup_keys import new_backup_key

    write_key(file.absolute(), new_backup_key())
    said = f"{file}: keep it where the backups are not. Without it nobody opens what is made with it."
    typer.echo(for_terminal(said), err=True)


def open_backup(file: Path, key: Path | None) -> OpenedBackup:
    """A backup by its key, or by what is asked for; it is looked at first, so that nobody types for nothing."""
    from hmsdesk.controllers.backing_up import look_at, opened_backup, read_key

    look_at(file)
    if key:
        return opened_backup(file, key=read_key(key))
    return opened_backup(file, ask_hidden("Passphrase or recovery code of the backup", PASSPHRASE_VARIABLE))


def ask_new_passphrase() -> str:
    """A passphrase for a new backup: from the environment, or typed twice without showing it."""
    return ask_hidden("Passphrase for the backup", PASSPHRASE_VARIABLE, twice=True)


def say_what_is_in(manifest: Manifest) -> None:
    """Everything a backup holds, and when it was taken."""
    _say_amounts(manifest)
    typer.echo(
        f"{manifest.practice}, as it was on {manifest.taken_at:%Y-%m-%d %H:%M:%S} UTC: "
        f"{so_many(manifest.count, 'record')}, {manifest.bytes / 1e6:,.1f} MB."
    )


def _say_amounts(manifest: Manifest) -> None:
    """A collection a line, separated by tabs."""
    for name, amount in sorted(manifest.collections.items()):
        typer.echo(f"{name}\t{amount.count}\t{amount.bytes}\t{amount.sha256}")


def say_what_was_restored(restored: Restored) -> None:
    """What was put in, what the trail says, and what has to be noted or done now."""
    _say_amounts(restored.manifest)
    manifest, report = restored.manifest, restored.report
    typer.echo(
        f"{manifest.practice} is here again, as it was on {manifest.taken_at:%Y-%m-%d %H:%M:%S} UTC: "
        f"{so_many(manifest.count, 'record')}, each the same to the last byte."
    )
    for finding in report.findings:
        typer.echo(f"{finding.where}: {finding.what}")
    typer.echo(f"The trail: {report.looked_at}.")
    typer.echo("The trail holds." if report.holds else f"Things that are not as they should be: {len(report.findings)}")
    if restored.shut_out:
        typer.echo(f"These computers have to join anew, with a pass from an owner: {', '.join(restored.shut_out)}.")
    typer.echo("Sign in as before. The recovery code from before opens nothing here; this is shown once:", err=True)
    typer.echo(f"recovery code\t{restored.recovery_code}")
