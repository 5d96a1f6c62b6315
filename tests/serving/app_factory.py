"""What the web processes of the server's tests import: an application over a fake publisher."""

from __future__ import annotations

import os
import sys
from pathlib import Path

from service import logs
from service.app import create_app
from service.asgi import Application
from service.server import serve
from service.settings import ServiceSettings, Settings, restore
from service.settings_names import SETTINGS_VARIABLE
from tests.serving.fakes import newsroom


def create() -> Application:
    settings = restore(os.environ[SETTINGS_VARIABLE])
    logs.configure(settings.service.log_level)
    return Application(create_app(newsroom(), settings), settings.service)


def announce(url: str) -> None:
    sys.stdout.write(f"{url}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    processes, port, directory = sys.argv[1:]
    service = ServiceSettings(port=int(port), processes=int(processes), stall_timeout=1.0)
    serve(
        Settings(service=service),
        announce,
        metrics_directory=Path(directory),
        factory="tests.serving.app_factory:create",
    )
    announce("stopped")
