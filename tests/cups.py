"""A print server of the tests' own: real queues whose printers keep what is printed.

It listens on a socket in the test run's folder, and knows nothing of the machine's printers. Before it is started, and
without it, there is no printer at all: CUPS_SERVER is set when the tests begin, since libcups asks for it only once.
"""

from __future__ import annotations

import getpass
import os
import shutil
import socket
import subprocess
import tempfile
import time
from pathlib import Path

from tests.waiting import PATIENCE_S, until

FOLDER = Path(tempfile.gettempdir()) / f"hmsdesk-cups-{os.getuid()}-{os.getpid()}"
SOCKET = FOLDER / "cups.sock"
PROGRAMS = ("cupsd", "lpadmin", "ippeveprinter", "dbus-daemon")
PATH = f"{os.environ.get('PATH', '')}:/usr/sbin:/usr/bin"

_ALLOWED = "Order allow,deny\nAllow all\n"
_CONFIGURATION = f"""
Listen {SOCKET}
Browsing No
DefaultAuthType None
WebInterface No
<Location />
{_ALLOWED}</Location>
<Location /admin>
{_ALLOWED}</Location>
<Policy default>
JobPrivateAccess all
JobPrivateValues none
SubscriptionPrivateAccess all
SubscriptionPrivateValues none
<Limit All>
{_ALLOWED}</Limit>
</Policy>
"""


def isolate() -> None:
    """Let this process see no printers but those of the tests. Before anything asks for a printer."""
    os.environ["CUPS_SERVER"] = str(SOCKET)


def is_missing() -> str:
    """The program that isn't installed; empty where all are."""
    return next((name for name in PROGRAMS if shutil.which(name, path=PATH) is None), "")


_SIZES = {"A5": (420, 595), "A4": (595, 842)}
_PPD = """*PPD-Adobe: "4.3"
*FormatVersion: "4.3"
*FileVersion: "1.0"
*LanguageVersion: English
*LanguageEncoding: ISOLatin1
*PCFileName: "DESK.PPD"
*Manufacturer: "Tests"
*Product: "(Desk)"
*ModelName: "Desk"
*ShortNickName: "Desk"
*NickName: "Desk"
*PSVersion: "(3010.000) 0"
*LanguageLevel: "3"
*ColorDevice: False
*DefaultColorSpace: Gray
*FileSystem: False
*cupsVersion: 2.3
*cupsFilter2: "application/vnd.cups-pdf application/pdf 0 -"
*OpenUI *PageSize/Media Size: PickOne
*OrderDependency: 10 AnySetup *PageSize
*DefaultPageSize: A5
{sizes}
*CloseUI: *PageSize
*OpenUI *PageRegion/Media Size: PickOne
*OrderDependency: 10 AnySetup *PageRegion
*DefaultPageRegion: A5
{regions}
*CloseUI: *PageRegion
*DefaultImageableArea: A5
{areas}
*DefaultPaperDimension: A5
{dimensions}
"""


def _described() -> Path:
    """The description of a printer with two sizes."""

    def each(line: str) -> str:
        return "\n".join(line.format(name=name, width=w, height=h) for name, (w, h) in _SIZES.items())

    ppd = FOLDER / "desk.ppd"
    ppd.write_text(
        _PPD.format(
            sizes=each('*PageSize {name}: "<</PageSize[{width} {height}]>>setpagedevice"'),
            regions=each('*PageRegion {name}: "<</PageSize[{width} {height}]>>setpagedevice"'),
            areas=each('*ImageableArea {name}: "0 0 {width} {height}"'),
            dimensions=each('*PaperDimension {name}: "{width} {height}"'),
        )
    )
    return ppd


class PrintServer:
    """`begin` starts it; `stop` ends whatever was started."""

    def __init__(self) -> None:
        self._processes: list[subprocess.Popen[bytes]] = []
        self._bus = ""

    def begin(self) -> None:
        """Start the server, without a queue yet."""
        for name in ("spool", "cache", "state", "tmp", "log", "out", "ppd", "ssl"):
            (FOLDER / name).mkdir(parents=True, exist_ok=True)
            (FOLDER / name).chmod(0o777)
        FOLDER.chmod(0o755)
        me = getpass.getuser()
        user, group = ("lp", "nogroup") if me == "root" else (me, Path(FOLDER).group())
        files = {
            "User": user, "Group": group, "SystemGroup": "root" if group != "root" else "sys", "ServerRoot": FOLDER,
            "CacheDir": FOLDER / "cache", "RequestRoot": FOLDER / "spool", "StateDir": FOLDER / "state",
            "TempDir": FOLDER / "tmp", "FileDevice": "Yes",
            "AccessLog": FOLDER / "log/access", "ErrorLog": FOLDER / "log/error",
            "PageLog": FOLDER / "log/page", "Printcap": "",
        }  # fmt: skip
        (FOLDER / "cupsd.conf").write_text(_CONFIGURATION)
        (FOLDER / "cups-files.conf").write_text("".join(f"{name} {value}\n" for name, value in files.items()))
        self._bus = self._start_bus()
        self._begin(["cupsd", "-f", "-c", FOLDER / "cupsd.conf", "-s", FOLDER / "cups-files.conf"])
        assert until(SOCKET.exists), (FOLDER / "log/error").read_text()

    def _start_bus(self) -> str:
        """The printers announce themselves on a system bus, and don't begin without one."""
        self._begin(["dbus-daemon", "--session", "--nofork", f"--address=unix:path={FOLDER}/bus"])
        assert until((FOLDER / "bus").exists)
        return f"unix:path={FOLDER}/bus"

    def _begin(self, command: list[object], **environment: str) -> None:
        said = (FOLDER / "log" / str(command[0])).open("ab")
        words = [str(shutil.which(str(command[0]), path=PATH)), *map(str, command[1:])]
        known = os.environ | {"PATH": PATH} | environment
        self._processes.append(subprocess.Popen(words, stdin=subprocess.DEVNULL, stdout=said, stderr=said, env=known))
        said.close()

    def add(self, name: str) -> Path:
        """A queue onto a network printer; the folder in which what is printed arrives, as PDF. It has no A5."""
        out, port = self._out(name), _free_port()
        asked = ["ippeveprinter", "-p", port, "-n", "localhost", "-d", out, "-k", "-r", "off", "-f", "application/pdf"]
        self._begin([*asked, name], DBUS_SYSTEM_BUS_ADDRESS=self._bus)
        assert until(lambda: _answers(port))
        self.run("lpadmin", "-p", name, "-E", "-v", f"ipp://localhost:{port}/ipp/print", "-m", "everywhere")
        return out

    def add_small(self, name: str) -> Path:
        """A queue onto a printer with A5, which it usually holds, and A4."""
        out = self._out(name)
        self.run("lpadmin", "-p", name, "-E", "-v", f"file://{out}/printed.pdf", "-P", str(_described()))
        return out

    @staticmethod
    def _out(name: str) -> Path:
        out = FOLDER / "out" / name
        out.mkdir(exist_ok=True)
        out.chmod(0o777)
        return out

    def run(self, *command: str) -> str:
        """One of the server's own commands."""
        path = shutil.which(command[0], path=PATH)
        done = subprocess.run(
            [str(path), *command[1:]], capture_output=True, check=False, text=True, timeout=PATIENCE_S
        )
        assert done.returncode == 0, f"{command}: {done.stderr}"
        return done.stdout

    def stop(self) -> None:
        """End it, the printers first."""
        for process in reversed(self._processes):
            process.terminate()
            process.wait(PATIENCE_S)
        shutil.rmtree(FOLDER, ignore_errors=True)


def arrived(folder: Path) -> bytes:
    """What came out of a printer, once it is whole."""

    def whole() -> bool:
        files = list(folder.glob("*.pdf"))
        return bool(files) and files[0].read_bytes().rstrip().endswith(b"%%EOF")

    assert until(whole), (FOLDER / "log/error").read_text()[-3000:]
    time.sleep(0.05)
    (file,) = folder.glob("*.pdf")
    content = file.read_bytes()
    file.unlink()
    return content


def _free_port() -> int:
    with socket.socket() as one:
        one.bind(("localhost", 0))
        return int(one.getsockname()[1])


def _answers(port: int) -> bool:
    with socket.socket() as one:
        return one.connect_ex(("localhost", port)) == 0
