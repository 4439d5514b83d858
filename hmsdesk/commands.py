"""The operator's commands. Exit codes: 0 done, 1 refused or failed, 2 wrong call."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path
from typing import Annotated

import typer

from hmsdesk import __version__, backup_commands, key_commands
from hmsdesk.command_line import (
    SERVER_PASSWORD_VARIABLE,
    As,
    AsOwner,
    as_owner,
    ask_atlas_key,
    ask_owner,
    ask_password,
    ask_server_password,
    if_ended,
    say_doing,
    told,
    watching,
    workplace,
)
from hmsdesk.opening import open_window
from hmsdesk.settings import Settings

cli = typer.Typer(help="HMSDesk runs a clinic. Without a command it opens the window.", pretty_exceptions_enable=False)
server_cli = typer.Typer(help="The embedded server of this data folder.", no_args_is_help=True)
audit_cli = typer.Typer(help="The audit trail.", no_args_is_help=True)
cli.add_typer(server_cli, name="server")
cli.add_typer(audit_cli, name="audit")
backup_commands.add_to(cli)
key_commands.add_to(cli)

DEMO_DOCTORS = 12
ONCE = "The password is shown this once. Type all of it into the set-up of the first workstation."


@cli.callback(invoke_without_command=True)
@told
def window(
    context: typer.Context, version: Annotated[bool, typer.Option("--version", help="Say the version.")] = False
) -> None:
    """Open the window."""
    if version:
        typer.echo(f"HMSDesk {__version__}")
        raise typer.Exit
    if context.invoked_subcommand is None:
        raise typer.Exit(open_window())


@cli.command()
@told
def demo(
    *,
    patients: Annotated[int, typer.Option(min=4, max=100_000, help="How many patients.")] = 5000,
    days: Annotated[int, typer.Option(min=1, max=60, help="How many days from today on have bookings.")] = 28,
    behind: Annotated[
        int, typer.Option(min=0, max=730, help="How many days before today the clinic has worked.")
    ] = 365,
    doctors: Annotated[
        int | None, typer.Option(min=1, max=DEMO_DOCTORS, help=f"How many doctors; {DEMO_DOCTORS} unless it is said.")
    ] = None,
    solo: Annotated[bool, typer.Option("--solo", help="Of one doctor who does everything.")] = False,
    reset: Annotated[bool, typer.Option(help="Remove an earlier demo practice first.")] = False,
) -> None:
    """Make a demo practice, and say how to sign in: e-mail, password and role, a line each, separated by tabs."""
    if solo and doctors not in (None, 1):
        raise typer.BadParameter("--solo is of one doctor: leave --doctors out")
    from hmsdesk.controllers import demo as demonstration
    from hmsdesk.controllers.workplace import NotSetUp

    with workplace() as place:
        broken_off = demonstration.was_broken_off(place)
        if broken_off:
            typer.echo("The demo practice was broken off while it was made. It is made anew.", err=True)
        if reset or broken_off:
            demonstration.forget(place)
        try:
            demonstration.refuse_real(place)
        except NotSetUp:
            typer.echo("The demo's secrets lie in a private file of the data folder, not in the keyring.", err=True)
            demonstration.make(place, demonstration.Size(patients, days, behind, doctors or DEMO_DOCTORS), solo=solo)
        accounts = demonstration.accounts(solo=demonstration.is_solo(place))
    for line in accounts:
        typer.echo("\t".join(line))


@cli.command()
@told
def tour(folder: Annotated[Path, typer.Argument(help="Where pictures, papers and reports go.")]) -> None:
    """Play a day in real windows: of a clinic, each person a process of their own, and of a doctor alone.

    Each play has a folder with a picture of every step, and a tour.json. Exit code 1 if a step fails.
    """
    from hmsdesk.tour.director import play

    raise typer.Exit(0 if play(folder.absolute(), typer.echo) else 1)


@server_cli.command("start")
@told
def server_start() -> None:
    """Start the embedded server and keep it running without a window."""
    from hmsdesk.controllers.operators import keep_server

    with workplace() as place:
        keep_server(place)
    server_status()


@server_cli.command("stop")
@told
def server_stop() -> None:
    """Stop the embedded server, unless a window or command uses it."""
    from hmsdesk.controllers.operators import stop_server

    stop_server(Settings())
    typer.echo("The server is stopped.")


@server_cli.command("status")
@told
def server_status() -> None:
    """How the embedded server stands. Exit code 1 if it isn't running, or the practice lies on a shared one."""
    from hmsdesk.controllers import operators

    status = operators.server_status(Settings())
    if not status.running:
        typer.echo("The server is not running.")
        raise typer.Exit(1)
    how = f"is running: MongoDB {status.version}" if status.version else "runs, but does not answer"
    typer.echo(f"The server {how}, process {status.pid}, since {status.since:%H:%M:%S}.")
    typer.echo(f"{use_of(len(status.windows), status.kept)} Its data takes {status.size_bytes / 1e6:,.1f} MB.")
    typer.echo(f"Address: {status.address}")
    half = operators.half_done(Settings())
    if half:
        typer.echo(half)


def use_of(number: int, kept: bool) -> str:
    """How many use a server that runs, and what ends it."""
    few = {0: "No window or command uses it", 1: "One window or command uses it"}
    using = few.get(number, f"{number} windows and commands use it")
    if kept:
        return f"{using}; kept by command."
    return f"{using}; it stops with the last." if number else f"{using}: hmsdesk server stop ends it."


@cli.command()
@told
def uri(email: As) -> None:
    """The connection string of a person's role, for any MongoDB client. It is noted in the trail."""
    from hmsdesk.controllers.operators import connection_string, stops_by_itself

    with workplace() as place:
        typer.echo(connection_string(place.door(), email, ask_password()))
        if stops_by_itself(place):
            typer.echo("This server stops with the last window. To use it, first run: hmsdesk server start", err=True)


@cli.command()
@told
def provision(
    *,
    uri: Annotated[
        str,
        typer.Option(
            metavar="URI",
            help="A server you look after, with your own user in it. "
            f"That user's password: in it, or from {SERVER_PASSWORD_VARIABLE}, else asked for.",
        ),
    ] = "",
    name: Annotated[str, typer.Option(metavar="NAME", help="The practice's name, for its database.")] = "practice",
    atlas: Annotated[str, typer.Option(metavar="PROJECT", help="The ID of a project of MongoDB Atlas.")] = "",
    cluster: Annotated[str, typer.Option(metavar="NAME", help="Which cluster, where the project has several.")] = "",
    allow: Annotated[
        list[str] | None, typer.Option(metavar="ADDRESS", help="Let this address reach the project's clusters.")
    ] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Print Atlas's requests and send nothing.")] = False,
    ca: Annotated[str, typer.Option(metavar="FILE", help="The clinic's own certificate authority: ca.pem.")] = "",
) -> None:
    """Make a practice's place on a shared server, and say what the set-up asks for: database and owner's password."""
    from hmsdesk.controllers import provisioning

    if bool(uri) == bool(atlas) or (uri and (dry_run or cluster or allow)) or (atlas and ca):
        raise typer.BadParameter("either --uri URI with --ca, or --atlas PROJECT with --cluster, --allow, --dry-run")
    if atlas and dry_run:
        for request in provisioning.atlas_requests(atlas, name, allow or ()):
            typer.echo(f"{request}\n")
    elif atlas:
        provision_on_atlas(atlas, name, cluster, allow or [])
    else:
        provision_on_server(uri, name, ca)


def provision_on_server(uri: str, name: str, ca: str) -> None:
    """Make the place on a server that somebody looks after, and print it."""
    from hmsdesk.controllers import provisioning

    password = ask_server_password("Password of the user in the address") if provisioning.needs_password(uri) else ""
    database, owner_password = provisioning.make_place(uri, name, password, Settings(), ca)
    typer.echo(ONCE, err=True)
    typer.echo(f"database\t{database}\nowner's password\t{owner_password}")


def provision_on_atlas(project: str, name: str, cluster: str, allowed: list[str]) -> None:
    """Make the place in a project of Atlas, and print it."""
    from hmsdesk.controllers import provisioning

    access = provisioning.checked_access(project, *ask_atlas_key(), Settings())
    place = provisioning.make_atlas_place(access, name, cluster, allowed, say_doing)
    typer.echo(ONCE, err=True)
    typer.echo(f"address\t{place.address}\ndatabase\t{place.database}\nowner's password\t{place.owner_password}")


@audit_cli.command("verify")
@told
def audit_verify(
    email: AsOwner = "",
) -> None:
    """Check every entry of the trail, and every record against it. Exit code 1 if anything was found."""
    from hmsdesk.controllers.trail import verify_as_owner

    with workplace() as place:
        door = place.door()
        email, password = ask_owner(email)
        with closing(door.sign_in(email, password)) as session:
            report = verify_as_owner(door, session, password)
    for finding in report.findings:
        typer.echo(f"{finding.where}: {finding.what}")
    typer.echo(f"{report.looked_at}.")
    number = len(report.findings)
    things = "One thing is not as it should be." if number == 1 else f"{number:,} things are not as they should be."
    typer.echo(things if number else "The trail holds.")
    raise typer.Exit(0 if report.holds else 1)


@cli.command("bring-up-to-date")
@told
def bring_up_to_date(email: AsOwner = "") -> None:
    """Give a practice of an older program what this one needs. People may work on; broken off, it is done once more."""
    from hmsdesk.controllers import upkeep

    ended = "The practice may not be up to date yet; nothing is lost. Run the same command again."
    with if_ended(lambda: ended), as_owner(email) as owner:
        upkeep.bring_up_to_date(owner, watching("Records"))
    typer.echo("The practice is up to date.")


@cli.command()
@told
def check() -> None:
    """What is installed, found, reachable and encrypted, and what to do about the rest. Exit code 1 if there is any."""
    from hmsdesk.controllers.operators import checks

    with workplace() as place:
        results = list(checks(place))
    for result in results:
        typer.echo(f"{'ok  ' if result.good else 'LOOK'}  {result.what}")
        if result.advice:
            typer.echo(f"      {result.advice}")
    raise typer.Exit(0 if all(result.good for result in results) else 1)
