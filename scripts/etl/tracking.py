"""A run as MLflow shows it: parameters, figures, outcome. The package is imported here alone."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from etl import extras
from kit import settings
from kit.errors import ConfigurationError, UnavailableError

if TYPE_CHECKING:
    from collections.abc import Mapping


def require_server() -> str:
    """The server, or database, that runs are logged to.

    Raises:
        ConfigurationError: none is set (code `mlflow_not_set`).
    """
    uri = settings.get().mlflow_tracking_uri
    if not uri:
        raise ConfigurationError(
            "mlflow_enable is set, and OPSFLOWS_MLFLOW_TRACKING_URI is not.",
            code="mlflow_not_set",
            next_action="Set it to a server or a database, or switch mlflow_enable off.",
        )
    return uri


def log(
    experiment: str, run_name: str, params: Mapping[str, Any], metrics: Mapping[str, float], tags: Mapping[str, str]
) -> str:
    """Log a run, and return MLflow's id of it; logged again (a retry), it stays the same run.

    Raises:
        UnavailableError: the server is away, or refuses (code `mlflow_failed`).
    """
    uri = require_server()
    mlflow = extras.load("mlflow")
    try:
        mlflow.set_tracking_uri(uri)
        found = mlflow.set_experiment(experiment)
        known = mlflow.search_runs(
            [found.experiment_id], f"tags.opsflows_run = '{tags['opsflows_run']}'", max_results=1, output_format="list"
        )
        given = {"run_id": known[0].info.run_id} if known else {"run_name": run_name}
        with mlflow.start_run(**given, tags=dict(tags)) as run:
            mlflow.log_params(dict(params))
            mlflow.log_metrics(dict(metrics))
            return str(run.info.run_id)
    except (mlflow.exceptions.MlflowException, OSError) as error:
        raise UnavailableError(
            f"MLflow did not take the run ({type(error).__name__}).",
            code="mlflow_failed",
            next_action="Look at its server; the run is tried again.",
            provider="mlflow",
        ) from error
