"""Everything that runs, and the desk with two agents."""

from __future__ import annotations

import sqlite3
import subprocess
import sys

from switchboard.cli.processes import some_free_port, start_desk
from switchboard.project import PROJECT as ROOT

PASSWORD = "a long enough one"


def command(system, *arguments, check=False, **more):
    """`switchboard desk` on the system's database."""
    return subprocess.run(
        [sys.executable, "-m", "switchboard.cli.app", "desk", *arguments],
        cwd=ROOT,
        env={**system.environment, "PATH": "/usr/bin:/bin"},
        capture_output=True,
        text=True,
        check=check,
        **more,
    )


class Office:
    def __init__(self, platforms):
        self.platforms, self.system, self.bot_api = platforms, platforms.system, platforms.bot_api
        self.telegram, self.heard = platforms.telegram, platforms.heard
        self.desk = None

    def start(self):
        self.desk_port = some_free_port()
        self.start_desk()
        for login, more in (("ada", ["--supervisor"]), ("bob", [])):
            added = ("add-person", login, login.title(), *more)
            command(self.system, *added, input=PASSWORD, check=True)

    def start_desk(self):
        log = self.system.folder / "desk.log"
        self.desk = start_desk(self.desk_port, log, self.system.environment)
        self.desk.wait()

    def stop(self):
        if self.desk is not None:
            self.desk.stop()

    def clear_queue(self):
        """Without the cases that other tests left: their customers do not come again."""
        with sqlite3.connect(self.system.database_path, timeout=10) as db:
            db.execute("DELETE FROM ticket_entries")
            db.execute("DELETE FROM tickets")

    def hears(self, chat, count):
        return [text.replace("\\", "") for text in self.bot_api.wait_for(chat, count)]
