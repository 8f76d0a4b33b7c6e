"""The command line: speaks to a server through `sdk`, or starts one. Nothing imports it."""

import argparse
import gc
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from designer import __version__
from designer.errors import DesignerError, Invalid

COMPLETED, FAILED, INVALID, CANCELED = 0, 1, 2, 130
"""Exit statuses."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command and return its exit status; an error is one sentence on stderr, never a traceback."""
    options = parser().parse_args(arguments)
    command: Callable[[argparse.Namespace], int] = options.command
    try:
        return command(options)
    except KeyboardInterrupt:
        return CANCELED
    except DesignerError as error:
        print(f"designer: {error.message}" + (f" {error.cure}" if error.cure else ""), file=sys.stderr)
        if isinstance(error, Invalid):
            for finding in error.findings:
                place = (
                    ".".join(part for part in (finding.node, finding.port or finding.parameter) if part)
                    or finding.pointer
                )
                print(f"  {place + ': ' if place else ''}{finding.message} {finding.cure}".rstrip(), file=sys.stderr)
            return INVALID
        return FAILED
    except (OSError, ValueError) as error:
        print(f"designer: {error}", file=sys.stderr)
        return INVALID


def parser() -> argparse.ArgumentParser:
    """All commands and their flags. A command's code is imported when it runs, so that each starts fast."""
    top = argparse.ArgumentParser(prog="designer", description="An open, self-hosted pipeline designer.")
    top.add_argument("--version", action="version", version=f"designer {__version__}")
    commands = top.add_subparsers(title="commands", metavar="COMMAND", required=True)

    up = commands.add_parser("up", help="start the server and open the browser")
    up.add_argument("--host", help="address to listen on (default 127.0.0.1)")
    up.add_argument("--port", type=int, help="port to listen on, 0 for a free one (default 8765)")
    up.add_argument("--no-browser", action="store_true", help="do not open a browser")
    up.set_defaults(command=_up)

    run = commands.add_parser("run", help="run a pipeline document and wait for its end")
    _what_to_run(run)
    run.add_argument("--experiment", help="experiment the run belongs to")
    run.add_argument(
        "--priority", type=int, metavar="N", help="of waiting steps, those of a higher priority start first"
    )
    run.add_argument("--json", action="store_true", help="print the run as JSON on the last line")
    run.set_defaults(command=_run)

    plan = commands.add_parser("plan", help="say what a run would do and why, without running anything")
    _what_to_run(plan)
    plan.add_argument("--json", action="store_true", help="print the plan as JSON")
    plan.set_defaults(command=_plan)

    _modules_parser(commands)
    for noun, text in (("runs", "list runs"), ("datasets", "list datasets")):
        listing = commands.add_parser(noun, help=text)
        listing.add_argument("--json", action="store_true", help="print JSON, one object a line")
        listing.add_argument("--limit", type=int, default=20, help="how many at most (default 20)")
        listing.set_defaults(command=_list, noun=noun)

    logs = commands.add_parser("logs", help="print what a step of a run wrote")
    logs.add_argument("run", help="id of the run")
    logs.add_argument("step", help="node of the pipeline")
    logs.add_argument("--stream", choices=("stdout", "stderr"), default="stdout")
    logs.set_defaults(command=_logs)

    _environments_parser(commands)
    _targets_parser(commands)

    _worker_parser(commands)

    export = commands.add_parser("export", help="write a pipeline or a module, with its code, to one file")
    export.add_argument("what", metavar="WHAT", help="id or name of a pipeline, or a module")
    export.add_argument("file", type=Path, nargs="?", metavar="FILE", help="the new file (default: named after it)")
    export.set_defaults(command=_export)

    bring = commands.add_parser("import", help="take such a file in; nothing of it runs before it is accepted")
    bring.add_argument("file", type=Path, metavar="FILE", help="what `designer export` wrote")
    bring.add_argument(
        "--accept", action="store_true", help="accept it: you have looked at it, or trust where it comes from"
    )
    bring.set_defaults(command=_bring)

    doctor = commands.add_parser("doctor", help="look at this installation and say what is wrong")
    doctor.set_defaults(command=_doctor)

    clean = commands.add_parser("clean", help="delete runs that are too old, and remove what nothing uses any more")
    clean.add_argument("--dry-run", action="store_true", help="only say what takes space and what would go")
    clean.add_argument(
        "--now", action="store_true", help="remove for good what was deleted or is unused, without a grace"
    )
    clean.add_argument("--json", action="store_true", help="print JSON")
    clean.set_defaults(command=_clean)

    backup = commands.add_parser("backup", help="write everything but secrets to one file")
    backup.add_argument("file", type=Path, nargs="?", metavar="FILE", help="the new file (default: named by the time)")
    backup.set_defaults(command=_backup)

    restore = commands.add_parser("restore", help="put a backup, or a copy of the database, back")
    restore.add_argument(
        "file", type=Path, metavar="FILE", help="what `designer backup` wrote, or a file of home/backups"
    )
    restore.add_argument("--replace", action="store_true", help="put it in the place of what is there (moved aside)")
    restore.set_defaults(command=_restore)

    for command in commands.choices.values():
        command.add_argument("--home", type=Path, help="folder where everything is kept (default ~/.designer)")
    return top


def _what_to_run(command: argparse.ArgumentParser) -> None:
    """The flags that say what is to be run, the same for a run and its plan."""
    command.add_argument("file", type=Path, metavar="FILE", help="a pipeline document")
    command.add_argument(
        "--set", action="append", default=[], metavar="NAME=VALUE", help="value of a pipeline parameter"
    )
    command.add_argument("--target", help="compute target for all steps that name none")
    command.add_argument("--regenerate", action="store_true", help="reuse nothing: run everything again")
    for flag, text in (("to", "only this node and those before it"), ("from", "this node and all after it, anew"),
                       ("only", "only this node, anew")):  # fmt: skip
        command.add_argument(f"--{flag}", action="append", default=[], metavar="NODE", dest=f"{flag}_nodes", help=text)
    command.add_argument("--resume", metavar="RUN", help="take up this run again: what it completed is not done again")


def _modules_parser(commands: Any) -> None:
    """The command and what it can do."""
    parser: argparse.ArgumentParser = commands.add_parser("modules", help="list and show modules, add your own")
    parser.add_argument("--json", action="store_true", help="print JSON, one object a line")
    parser.set_defaults(command=_list, noun="modules")
    verbs = parser.add_subparsers(title="what to do", metavar="VERB")
    listing = verbs.add_parser("list", help="list the newest version of each")
    listing.add_argument("--json", action="store_true", help="print JSON, one object a line")
    show = verbs.add_parser("show", help="print the source of one")
    show.add_argument("reference", metavar="MODULE", help="such as split_data, or split_data@1 for a version")
    show.add_argument("--json", action="store_true", help="print source and specification as JSON")
    show.set_defaults(command=_show_module)
    add = verbs.add_parser("add", help="add a script, a notebook, a component or a folder; nothing of it is run")
    add.add_argument("path", type=Path, metavar="PATH", help="a file, or a folder with one")
    add.add_argument("--name", help="what documents call it (default: after the file)")
    add.add_argument("--entry", default="", metavar="FILE", help="the file of the folder that is meant")
    add.add_argument("--note", default="", help="what this version is about")
    add.add_argument("--dry-run", action="store_true", help="only show what was read")
    add.set_defaults(command=_add_module)
    for verb in verbs.choices.values():
        verb.add_argument("--home", type=Path, default=argparse.SUPPRESS, help="folder where everything is kept")


def _environments_parser(commands: Any) -> None:
    """The command and what it can do."""
    parser: argparse.ArgumentParser = commands.add_parser("environments", help="list, make and build environments")
    parser.set_defaults(command=_environments, verb="list", json=False)
    verbs = parser.add_subparsers(title="what to do", metavar="VERB")
    listing = verbs.add_parser("list", help="list them, and the server's own Python")
    listing.add_argument("--json", action="store_true", help="print JSON, one object a line")
    show = verbs.add_parser("show", help="print one with its lock")
    show.add_argument("--json", action="store_true", help="print it as JSON")
    log = verbs.add_parser("log", help="print the log of its newest build, while it is built to its end")
    create = verbs.add_parser("create", help="make one from a file, and wait until it is built")
    build = verbs.add_parser("build", help="build one again, and wait for it")
    build.add_argument("--renew", action="store_true", help="look for newer versions first")
    delete = verbs.add_parser("delete", help="delete one that nothing uses")
    for verb in (show, log, create, build, delete):
        verb.add_argument("name", help="name or id")
    create.add_argument("file", type=Path, metavar="FILE", help="requirements.txt, or a conda environment.yml")
    create.add_argument("--python", help='such as "3.11" or ">=3.10,<3.13"')
    for name, verb in verbs.choices.items():
        verb.set_defaults(verb=name)
        verb.add_argument("--home", type=Path, default=argparse.SUPPRESS, help="folder where everything is kept")


def _worker_parser(commands: Any) -> None:
    """The command and its flags."""
    worker: argparse.ArgumentParser = commands.add_parser(
        "worker", help="run steps of a server on this machine",
        description="Takes steps of a compute target from its server and runs them on this machine. It needs the server's address, a token "
        "of the target and a Redis that both reach; it holds nothing else of the server. Ctrl+C or SIGTERM drains it: it takes nothing "
        "new and ends with its last step; the second time it ends these as well.",
    )  # fmt: skip
    worker.add_argument("--target", required=True, metavar="NAME", help="the compute target whose steps it takes")
    worker.add_argument("--server", required=True, metavar="URL", help="address of the server, http://host:port")
    worker.add_argument(
        "--token", help="token of the target (`designer targets token NAME`); better in DESIGNER_WORKER_TOKEN, which no list of "
        "processes shows",
    )  # fmt: skip
    worker.add_argument(
        "--broker",
        metavar="URL",
        help="address of Redis, where it is another one from here (default: what the server says)",
    )
    worker.add_argument("--slots", type=int, metavar="N", help="steps at the same time (default: one per processor)")
    worker.add_argument("--name", help="what people call it (default: host and process)")
    worker.add_argument(
        "--store",
        type=Path,
        metavar="DIR",
        help="where this machine sees the server's folder `artifacts`: inputs are read there",
    )
    worker.set_defaults(command=_worker)


def _targets_parser(commands: Any) -> None:
    """The command and what it can do."""
    parser: argparse.ArgumentParser = commands.add_parser(
        "targets", help="list, add and try the places where steps run"
    )
    parser.set_defaults(command=_targets, verb="list", json=False)
    verbs = parser.add_subparsers(title="what to do", metavar="VERB")
    listing = verbs.add_parser("list", help="list them, and what they have to do")
    listing.add_argument("--json", action="store_true", help="print JSON, one object a line")
    add = verbs.add_parser("add", help="add one; steps can run on it at once")
    change = verbs.add_parser("change", help="change one, also while steps run on it")
    test = verbs.add_parser("test", help="try one, and say exactly what is wrong")
    disable = verbs.add_parser("disable", help="let one take no new steps")
    enable = verbs.add_parser("enable", help="let one take steps again")
    delete = verbs.add_parser("delete", help="delete one that nothing uses")
    token = verbs.add_parser("token", help="make a token for the workers of one of kind celery; it is shown once")
    for verb in (add, change, test, disable, enable, delete, token):
        verb.add_argument("name", help="as pipelines name it")
    add.add_argument("kind", help="such as docker, ssh or celery")
    for verb in (add, change):
        verb.add_argument("--slots", type=int, help="how many steps run on it at the same time")
        verb.add_argument("--description", help="what it is for")
        verb.add_argument("--set", action="append", default=[], metavar="NAME=VALUE", help="an option of its kind")
        verb.add_argument("--secret", action="append", default=[], metavar="NAME", help="an option that is asked for")
    for name, verb in verbs.choices.items():
        verb.set_defaults(verb=name)
        verb.add_argument("--home", type=Path, default=argparse.SUPPRESS, help="folder where everything is kept")


def _up(options: argparse.Namespace) -> int:
    gc.disable()  # what is imported stays: to look through it again and again takes a tenth of the start
    from designer.cli.up import up

    gc.freeze()
    gc.enable()
    return up(options)


def _run(options: argparse.Namespace) -> int:
    from designer.cli.run import run

    return run(options)


def _plan(options: argparse.Namespace) -> int:
    from designer.cli.plan import plan

    return plan(options)


def _list(options: argparse.Namespace) -> int:
    from designer.cli.listings import show

    return show(options)


def _show_module(options: argparse.Namespace) -> int:
    from designer.cli.listings import module

    return module(options)


def _export(options: argparse.Namespace) -> int:
    from designer.cli.sharing import export

    return export(options)


def _bring(options: argparse.Namespace) -> int:
    from designer.cli.sharing import bring

    return bring(options)


def _add_module(options: argparse.Namespace) -> int:
    from designer.cli.module_files import add_module

    return add_module(options)


def _logs(options: argparse.Namespace) -> int:
    from designer.cli.listings import logs

    return logs(options)


def _environments(options: argparse.Namespace) -> int:
    from designer.cli.environments import environments

    return environments(options)


def _worker(options: argparse.Namespace) -> int:
    from designer.cli.worker import worker

    return worker(options)


def _targets(options: argparse.Namespace) -> int:
    from designer.cli.targets import targets

    return targets(options)


def _doctor(options: argparse.Namespace) -> int:
    from designer.cli.doctor import doctor

    return doctor(options)


def _backup(options: argparse.Namespace) -> int:
    from designer.cli.backups import backup

    return backup(options)


def _restore(options: argparse.Namespace) -> int:
    from designer.cli.backups import restore

    return restore(options)


def _clean(options: argparse.Namespace) -> int:
    from designer.cli.clean import clean

    return clean(options)
