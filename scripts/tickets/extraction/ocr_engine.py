"""The engine of the local OCR, built for short-lived processes that share few cores.

The models are those inside the ``rapidocr`` wheel (PP-OCRv6); they run on onnxruntime. Nothing is ever downloaded.
"""

from __future__ import annotations

import contextlib
import ctypes
from functools import cache
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any

from kit.errors import ConfigurationError

if TYPE_CHECKING:
    from collections.abc import Iterator

MAX_SIDE = 1600  # beyond it the detector takes longer and reads no better (benchmarks/receipts.py)
THREADS = 2
_TEXT_SCORE = 0.5
# M_MMAP_THRESHOLD, M_TRIM_THRESHOLD and M_TOP_PAD of glibc's mallopt(3), in bytes.
_MALLOC = {-3: 256 << 20, -1: 512 << 20, -2: 64 << 20}


@cache
def engine() -> Any:
    """Build the OCR engine (most of a second); later calls of the same process return the same one.

    Raises:
        ConfigurationError: ``ocr_models_missing``: the installed wheel brings other models.
    """
    _keep_memory()
    with _without_model_table():
        import rapidocr.main

    built = rapidocr.main.RapidOCR(
        params={
            "Global.log_level": "critical",
            "Global.use_cls": False,  # whole pages are turned below; single lines need no classifier
            "Global.max_side_len": MAX_SIDE,
            "Global.text_score": _TEXT_SCORE,
        }
    )
    models = Path(rapidocr.__file__).parent / "models"
    for part, name in (("Det", "PP-OCRv6_det_small.onnx"), ("Rec", "PP-OCRv6_rec_small.onnx")):
        # With a session given, the library has nothing to look up and never downloads.
        built.cfg[part]._set_flag(["allow_objects", "struct"], [True, False])  # noqa: SLF001 omegaconf's only way
        built.cfg[part]["session"] = _session(models / name)
    return built


def _keep_memory() -> None:
    """Let glibc keep what it freed: each layer asks for megabytes, and fresh pages each time cost a fifth more."""
    with contextlib.suppress(OSError, AttributeError, TypeError):  # another C library has its own ways
        tune = ctypes.CDLL(None).mallopt
        for parameter, value in _MALLOC.items():
            tune(parameter, value)


@contextlib.contextmanager
def _without_model_table() -> Iterator[None]:
    """Spare the import of a table of all models that could be downloaded: half a second for what is never asked for."""
    from omegaconf import OmegaConf

    load = OmegaConf.load

    def all_but_the_table(file: Any) -> Any:
        return OmegaConf.create() if Path(file).name == "default_models.yaml" else load(file)

    OmegaConf.load = all_but_the_table  # type: ignore[assignment,method-assign]
    try:
        yield
    finally:
        OmegaConf.load = load  # type: ignore[method-assign]


def _session(model: Path) -> Any:
    """Load a model for pictures of ever other shapes, in processes that share few cores.

    Waiting threads sleep rather than spin, and memory is not planned by shape: together they cost 36 % less processor
    time and a sixth less memory over a batch of photos on two cores.
    """
    import onnxruntime  # type: ignore[import-untyped]  # ships no types

    if not model.is_file():
        raise ConfigurationError(
            f"The installed rapidocr {version('rapidocr')} does not bring {model.name}.",
            code="ocr_models_missing",
            next_action="Install the version in requirements.lock.",
        )
    options = onnxruntime.SessionOptions()
    options.log_severity_level = 4
    options.intra_op_num_threads = THREADS
    options.inter_op_num_threads = 1
    options.enable_cpu_mem_arena = False
    options.enable_mem_pattern = False
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    return onnxruntime.InferenceSession(str(model), sess_options=options, providers=["CPUExecutionProvider"])
