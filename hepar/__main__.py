"""The command ``hepar``: the app, or with a file the same analyses without a browser."""

import sys
import tomllib
import urllib.request
import webbrowser
from collections.abc import Sequence
from contextvars import copy_context
from pathlib import Path
from socket import socket
from threading import Thread
from time import sleep
from typing import NoReturn

from lib.__main__ import end, run
from lib.language import _, spoken

USUAL = 8501
"""The port where nobody else has it, so that a bookmark leads there again."""
_ASKED_EVERY = 0.1  # seconds between two looks at whether the server answers


def main() -> NoReturn:
    """Do what the command line asks for."""
    end(run("hepar", opened))


def opened(port: int, browser: bool, registries: Sequence[str] = ()) -> int:
    """Serve the app on this machine alone until it is stopped with Ctrl+C; 0 then.

    `port`: 0 for the usual one, or a free one where that is taken. `browser`: whether the
    visitor's browser is opened at it. `registries`: where the prepared ones are that it offers.
    """
    print(_("Hepar is starting…"), flush=True)
    import serve

    if registries:
        from lib.ui.registries import offer

        for each in registries:
            offer(each)

    if (code := spoken()) != "en":
        from lib.ui.session import prefer

        prefer(code)

    port = port or _free()
    told = copy_context().run  # a thread has no language of its own
    Thread(target=told, args=(_tell, f"http://localhost:{port}", browser), daemon=True).start()
    script = Path(serve.__file__)
    sys.argv = [str(script)]  # beside which Streamlit looks for what the app needs
    try:
        serve.app.run(config=settings(script.parent) | {"server.port": port})
    except KeyboardInterrupt:
        print(_("Hepar is stopped; whatever was open is erased."))
    return 0


def settings(folder: Path) -> dict[str, object]:
    """The app's own settings, by their whole names.

    They go before those of the folder that the command is run in, and of the visitor's home: no
    file there opens what this one closes.
    """
    written = tomllib.loads((folder / ".streamlit" / "config.toml").read_text(encoding="utf-8"))
    quiet = {"server.showEmailPrompt": False, "logger.hideWelcomeMessage": True}
    return _flat(written) | quiet


def _flat(table: dict[str, object], under: str = "") -> dict[str, object]:
    found: dict[str, object] = {}
    for name, value in table.items():
        whole = f"{under}{name}"
        found |= _flat(value, f"{whole}.") if isinstance(value, dict) else {whole: value}
    return found


def _free() -> int:
    """The usual port, or one that the system has to give."""
    for port in (USUAL, 0):
        with socket() as trying:
            try:
                trying.bind(("127.0.0.1", port))
            except OSError:
                continue
            return int(trying.getsockname()[1])
    return USUAL  # the server says why it cannot have it


def _tell(address: str, browser: bool) -> None:
    """Say where the app is, once it answers there."""
    while not _answers(address):
        sleep(_ASKED_EVERY)
    words = _("Hepar is open at {address} on this machine alone; stop it with Ctrl+C.")
    print(words.format(address=address), flush=True)
    if browser:
        webbrowser.open(address)


def _answers(address: str) -> bool:
    try:
        with urllib.request.urlopen(f"{address}/healthz", timeout=5) as answer:
            return bool(answer.status == 200)
    except OSError:
        return False


if __name__ == "__main__":
    main()
