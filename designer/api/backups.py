"""Backups over HTTP."""

import time

from designer.actions import backups as actions
from designer.api.declare import Download, Routes
from designer.installation import Installation

routes = Routes("backups")


@routes.get("/api/backup")
def download_backup(inst: Installation) -> Download:
    """Download everything but secrets as one file, which `designer restore` puts back; runs go on meanwhile."""
    name = time.strftime("designer-%Y%m%d-%H%M%S.tar", time.localtime(inst.clock.now()))
    return Download(name, "application/x-tar", actions.back_up(inst))
