"""`designer up`: the server in the foreground."""

import argparse

from designer.app import serve
from designer.settings import Settings


def up(options: argparse.Namespace) -> int:
    """Serve until Ctrl+C or SIGTERM."""
    settings = Settings.read(home=options.home, host=options.host, port=options.port)
    return serve(settings, open_browser=not options.no_browser)
