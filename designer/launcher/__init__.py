"""What runs inside a step: `python -m designer.launcher JOB_FOLDER`. Any target starts it; of its insides the server uses
`digests`, `logs`, `processes`, `result` and the names of the files in `supervisor`.

The process that is started is a small supervisor (supervisor.py). It forks the child that does the work (child.py),
arms the timeout, hears a cancel (SIGTERM), kills the whole tree at the end and writes `result.json`, last, by rename.
A fork server (forkserver.py: `--fork-server` as the first argument) keeps such pairs ready, forked from a process that has
imported what steps need (spare.py); given a folder they do the same.

In the folder before: `job.json`, the module's source, perhaps `stop.json` ({"grace": seconds}, how long a cancel waits)
and `secrets.json` ({name: value}, of those the job names; the step removes it before it does anything: private.py).

    {"format": "designer.job/1", "name": "att_...", "kind": "module" | "command" | "ingest" | "preview" | "samples" | "environment",
     "source": "module.py", "module": "split_data", "inputs": {port: {"path", "type"}}, "parameters": {...},
     "outputs": [{"name", "type", "optional"?}], "timeout": seconds | null, "grace": seconds, "options": {...},
     "secrets"?: [name], "datastores"?: {name: {"kind", "options"}}, "environment"?: {variable: text}}

A command has "command": {"line" | "notebook", "formats", "paths", "flags", "each", "variables"} (graph/module.py), and the
folder of its module is the input "@code".

After: `out/<port>.<suffix>`, `stdout.log`, `stderr.log`, `events.jsonl` (if the step reported), `result.json`, `job.lock` (who has
the job), `work/` (if the step left files there).

    {"format": "designer.result/1", "status": "completed" | "failed" | "canceled" | "timeout", "exit_code", "signal",
     "error": null | {"kind", "number", "message", "cure", "where", "traceback"},
     "outputs": {port: {"type", "path", "size", "digest", ...}}, "detected"?, "started", "ended", "seconds",
     "peak_memory": bytes, "stopped_processes"}
"""
