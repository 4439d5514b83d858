"""A password that was typed into an address, wherever in it: nobody reads it again, on no screen and in no log."""

from __future__ import annotations

import logging
import warnings
from collections.abc import Callable
from typing import Any

import pytest
from typer.testing import CliRunner

from hmsdesk.commands import cli
from hmsdesk.controllers.provisioning import checked_place, make_place, needs_password, try_place
from hmsdesk.errors import UserError
from hmsdesk.settings import Kind, Profile, SecretStore, Settings, write_profile

SECRET = "hunter2"
HOST = "127.0.0.1:1"
BEGINNING, LOOKED_UP = "mongodb://u", "mongodb+srv://u"
ADDRESSES = [
    f"{BEGINNING}:{SECRET}@{HOST}/",
    f"{BEGINNING}:{SECRET}@{HOST}",
    f"mongodb://{SECRET}@{HOST}/",
    f"mongodb://:{SECRET}@{HOST}/",
    f"{BEGINNING}:a@{SECRET}@{HOST}/",
    f"{BEGINNING}:a/{SECRET}@{HOST}/",
    f"{BEGINNING}:a?{SECRET}@{HOST}/",
    f"{BEGINNING}:a#{SECRET}@{HOST}/",
    f"{BEGINNING}:a:{SECRET}@{HOST}/",
    f"{BEGINNING}:%zz{SECRET}@{HOST}/",
    f"{BEGINNING}:{SECRET}@{HOST}:abc/",
    f"{BEGINNING}:{SECRET}@[::1/",
    f"{BEGINNING}:{SECRET}@",
    f"{BEGINNING}:{SECRET}",
    f"{BEGINNING}:{SECRET}@h.invalid,h2.invalid:99999/",
    f"{BEGINNING}:{SECRET}\x00@{HOST}/",
    f"{BEGINNING}:{SECRET}\ud800@{HOST}/",
    f"{BEGINNING}:{SECRET}@\u202e{HOST}/",
    f"mongodb:u:{SECRET}@{HOST}",
    f"mongo://u:{SECRET}@{HOST}/",
    f"u:{SECRET}@{HOST}",
    f" {BEGINNING}:{SECRET}@{HOST}/ ",
    f"MONGODB://u:{SECRET}@{HOST}/",
    f"{LOOKED_UP}:{SECRET}@h.invalid/",
    f"{LOOKED_UP}:{SECRET}@localhost/",
    f"{LOOKED_UP}:{SECRET}@h.invalid:27017/",
    f"{LOOKED_UP}:{SECRET}@a.h.invalid,b.h.invalid/",
    f"mongodb://{HOST}/?tlsCertificateKeyFilePassword={SECRET}",
    f"mongodb://{HOST}/?proxyHost=h&proxyPassword={SECRET}",
    f"mongodb://u@{HOST}/?authMechanism=MONGODB-AWS&authMechanismProperties=AWS_SESSION_TOKEN:{SECRET}",
    f"mongodb://u@{HOST}/?authMechanism={SECRET}",
    f"mongodb://u@{HOST}/?password={SECRET}",
    f"mongodb://u@{HOST}/?{SECRET}",
    f"mongodb://u@{HOST}/?{SECRET}=1&w=NaN",
    f"{BEGINNING}:x@{HOST}/a?authSource={SECRET}.x",
]


@pytest.fixture
def told(caplog, capfd) -> Callable[..., str]:
    """Everything that is said of an act: to the person, on the terminal, in a log, as a warning."""
    caplog.set_level(logging.DEBUG)
    for name in ("pymongo.command", "pymongo.topology", "pymongo.connection", "pymongo.serverSelection"):
        # What a log of the program holds begins with warnings.
        caplog.set_level(logging.WARNING, name)

    def say(act: Callable[[], Any]) -> str:
        caplog.clear()
        words = ""
        with warnings.catch_warnings(record=True) as warned:
            warnings.simplefilter("always")
            try:
                words = str(act())
            except UserError as problem:
                words = f"{problem} {problem.fields}"
        out, err = capfd.readouterr()
        return "\n".join([words, caplog.text, out, err, *(str(one.message) for one in warned)])

    return say


def asked(tmp_path) -> Settings:
    return Settings(home=tmp_path, server_timeout_s=0.2)


@pytest.mark.parametrize("address", ADDRESSES, ids=ascii)
def test_a_password_in_an_address_is_never_said_again(told, tmp_path, tried_shortly, address):
    password = (lambda: "typed") if needs_said(address) else (lambda: "")
    for act in (
        lambda: make_place(address, "Nile", password(), asked(tmp_path)),
        lambda: try_place(checked_place(address, "hmsdesk_nile", "typed")),
    ):
        said = told(act)
        assert said.strip()
        assert SECRET not in said, said


def needs_said(address: str) -> bool:
    """Whether a command would ask for a password."""
    try:
        return needs_password(address)
    except UserError:
        return True


@pytest.fixture
def run(told, tmp_path, monkeypatch, tried_shortly) -> Callable[[list[str]], str]:
    """A command in a data folder, and all that is said of it."""
    told_before = {"HOME": str(tmp_path), "PASSWORD": "typed", "SERVER_PASSWORD": "typed", "SERVER_TIMEOUT_S": "0.2"}
    for name, value in told_before.items():
        monkeypatch.setenv(f"HMSDESK_{name}", value)

    def call(words: list[str]) -> str:
        def act() -> str:
            answer = CliRunner().invoke(cli, words)
            assert answer.exception is None or isinstance(answer.exception, SystemExit), (words, answer.exception)
            return str(answer.output)

        return told(act)

    return call


def test_no_command_says_it(run):
    for address in ADDRESSES:
        said = run(["provision", "--uri", address])
        assert SECRET not in said, (address, said)


@pytest.mark.parametrize("call", [["server", "start"], ["uri", "--as", "a@b.example"], ["check"], ["server", "status"]])
def test_what_stands_in_the_workstation_s_settings_is_not_said_either(run, tmp_path, call):
    for address in ADDRESSES:
        if "\ud800" not in address:
            write_profile(tmp_path, profile_at(address))
            said = run(call)
            assert SECRET not in said, (address, said)


def profile_at(address: str) -> Profile:
    """A practice on a shared server, as no program of ours writes it."""
    return Profile(
        kind=Kind.SELF_MANAGED,
        practice="Nile",
        database="hmsdesk_nile",
        address=address,
        workstation="Reception",
        workstation_id="w1",
        patient_prefix="BK",
        fingerprint="00",
        secret_store=SecretStore.FILE,
    )
