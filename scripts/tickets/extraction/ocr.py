"""Local OCR: a checked picture becomes a page of boxes in reading order, without network and without a model service.

The models are those inside the ``rapidocr`` wheel (PP-OCRv6); they run on onnxruntime. The engine is built once per
process. Orientation is found by reading: a page that reads badly, or whose boxes stand upright, is turned and read
again.
"""

from __future__ import annotations

import io
from functools import cache
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any

from kit.errors import ConfigurationError
from tickets.extraction.page import Box, Page, page_of

if TYPE_CHECKING:
    from PIL.Image import Image

MODEL = "rapidocr-3/PP-OCRv6-small"
MAX_SIDE = 1600  # beyond it the detector takes longer and reads no better (benchmarks/receipts.py)
THREADS = 2
_GOOD_SCORE = 0.80  # an upright page reads at 0.9 and more, an upside-down one below 0.75
_UPRIGHT_RATIO = 1.5
_MIN_LETTERS = 3
_TEXT_SCORE = 0.5


@cache
def engine() -> Any:
    """Build the OCR engine (about a second); later calls of the same process return the same one.

    Raises:
        ConfigurationError: ``ocr_models_missing``: the installed wheel brings other models.
    """
    import rapidocr

    built = rapidocr.RapidOCR(
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


def read(jpeg: bytes) -> Page:
    """Read a picture.

    Args:
        jpeg: An image that ``image.check`` let through.

    Returns:
        The page, upright; without boxes when nothing could be read.
    """
    from PIL import Image

    picture = Image.open(io.BytesIO(jpeg)).convert("RGB")
    boxes = _boxes(picture)
    turn = 0
    if candidate := _turn(boxes):
        turned = _boxes(picture.rotate(candidate, expand=True))
        if _readability(turned) > _readability(boxes):
            boxes, turn = turned, candidate
    width, height = picture.size if turn in {0, 180} else picture.size[::-1]
    return page_of(boxes, width=width, height=height, rotation=turn)


def _boxes(picture: Image) -> list[Box]:
    """Run the engine once over a picture."""
    import numpy as np

    result = engine()(np.asarray(picture)[:, :, ::-1])  # the engine wants BGR
    if result.boxes is None or result.txts is None:
        return []
    return [
        Box(text=text.strip(), score=float(score), polygon=tuple((float(x), float(y)) for x, y in polygon))
        for polygon, text, score in zip(result.boxes, result.txts, result.scores, strict=True)
        if text.strip()
    ]


def _turn(boxes: list[Box]) -> int:
    """Degrees (counter-clockwise) by which the picture should be turned and read again; 0 for none.

    The engine turns upright boxes counter-clockwise itself: when it reads them well, that is the way to turn the page.
    """
    words = [box for box in boxes if len(box.text) >= _MIN_LETTERS]
    if not words:
        return 0
    good = sum(box.score for box in words) > _GOOD_SCORE * len(words)
    if sum(box.height > _UPRIGHT_RATIO * box.width for box in words) * 2 > len(words):
        return 90 if good else 270
    return 0 if good else 180


def _readability(boxes: list[Box]) -> float:
    """Letters read, weighed by how surely; lines that stand upright count for nothing."""
    return sum(len(box.text) * box.score**4 for box in boxes if box.height <= _UPRIGHT_RATIO * box.width)
