"""All routes of the API, and all shapes its description names."""

from designer.api import (
    artifacts,
    backups,
    datasets,
    datastores,
    environments,
    experiments,
    health,
    imports,
    logs,
    modules,
    pipelines,
    plans,
    runs,
    secrets,
    steps,
    storage,
    system,
    targets,
    work,
)
from designer.api.declare import Route

ROUTES: tuple[Route, ...] = tuple(
    route
    for resource in (
        pipelines,
        modules,
        imports,
        environments,
        plans,
        runs,
        steps,
        logs,
        experiments,
        datasets,
        datastores,
        artifacts,
        secrets,
        targets,
        system,
        health,
        storage,
        backups,
        work,
    )
    for route in resource.routes.all
)
