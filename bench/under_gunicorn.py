"""gunicorn from the peers' directory under our own interpreter, so that what it serves finds our packages first.

Run as ``python -m bench.under_gunicorn`` with gunicorn's own arguments. gunicorn is a requirement of nothing of ours.
"""

from __future__ import annotations

import importlib
import sys

from bench import installed


def main() -> None:
    """Become gunicorn."""
    sys.path.append(installed.packages())
    importlib.import_module("gunicorn.app.wsgiapp").run(prog="gunicorn")


if __name__ == "__main__":
    main()
