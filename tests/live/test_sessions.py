"""A live connection ends with its session, without the browser asking for anything."""

import threading
from collections.abc import Iterator
from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import pytest
from werkzeug.serving import make_server

from designer.actions import sessions
from designer.app import create_app
from designer.installation import open_installation
from designer.live import server as live_server
from designer.settings import Settings
from tests.api.conftest import MovedClock
from tests.live.watching import REFUSED, Viewer


@pytest.fixture
def served(tmp_path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """The application in this process, with a clock that can be put forward."""
    monkeypatch.setattr(live_server, "RECHECK_SECONDS", 0.5)
    monkeypatch.setattr(live_server, "LOOK_SECONDS", 0.1)
    clock = MovedClock()
    inst = replace(open_installation(Settings.read({}, home=tmp_path / "home", samples=False)), clock=clock)
    app = create_app(inst)
    live = app.extensions["live"]
    running = make_server("127.0.0.1", 0, app, threaded=True)
    running.daemon_threads = True
    threading.Thread(target=running.serve_forever, daemon=True).start()
    live.start()
    url = f"http://127.0.0.1:{running.server_port}"
    yield SimpleNamespace(inst=inst, clock=clock, live=live, url=url, port=running.server_port)
    live.stop()
    running.shutdown()
    inst.close()


def test_a_connection_ends_with_its_session(served: Any) -> None:
    def enter() -> Viewer:
        secret = sessions.begin(served.inst, sessions.new_code(served.inst))
        return Viewer(served, f"{sessions.cookie_name(served.inst)}={secret}").open()

    early = enter()
    assert early.ask("join", {"room": "runs"}) == {"room": "runs", "seq": None}
    served.clock.ahead += sessions.SESSION_SECONDS - 10
    late = enter()
    assert late.ask("join", {"room": "runs"}) == {"room": "runs", "seq": None}

    served.clock.ahead += 20
    with pytest.raises(REFUSED):
        early.read(5)

    assert late.ask("join", {"room": "datasets"}) == {"room": "datasets", "seq": None}
    assert served.live.viewers == 1
    late.close()
