"""The one place that switches off what dependencies would send or download.

Law 13: nothing calls home. `silence` is called before any verb runs, and before the training stack
is imported. A user's own setting is overridden on purpose: the promise is not a preference.
"""

import os

# Sources: each project's documentation; see docs/security.md.
SWITCHES = {
    "DO_NOT_TRACK": "1",
    "HF_HUB_OFFLINE": "1",
    "HF_HUB_DISABLE_TELEMETRY": "1",
    "HF_DATASETS_OFFLINE": "1",
    "TRANSFORMERS_OFFLINE": "1",
    "RAY_USAGE_STATS_ENABLED": "0",
    "DAFT_ANALYTICS_ENABLED": "0",
    "MLFLOW_DISABLE_TELEMETRY": "true",
    "WANDB_MODE": "offline",
    "TOKENIZERS_PARALLELISM": "true",
}


def silence() -> None:
    """Set every known telemetry and download switch to off for this process and its children."""
    os.environ.update(SWITCHES)
