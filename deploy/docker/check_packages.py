# ruff: noqa: INP001 a command, not a package
"""Load every package of the tasks, the OCR models and the documents' font, as the image's build does.

Wheels may lack a system library of the base image, and a library may fetch its model when it is first used; both
would be found by the first receipt. Run it with the venv's interpreter; it ends with the error that was found.
"""

from __future__ import annotations

import importlib
from pathlib import Path
from typing import Final

MODULES: Final = (
    "babel",
    "boto3",
    "botocore",
    "cronsim",
    "cryptography.x509",
    "cv2",
    "email_validator",
    "google.auth",
    "fastapi",
    "gspread",
    "httpx2",
    "hvac",
    "jsonschema",
    "jinja2",
    "kestra",
    "numpy",
    "omegaconf",
    "onnxruntime",
    "openai",
    "opentelemetry.exporter.otlp.proto.http.trace_exporter",
    "opentelemetry.sdk.trace",
    "phonenumbers",
    "PIL.Image",
    "pi_heif",
    "psycopg2",
    "pyarrow.parquet",
    "pydantic",
    "pypdfium2",
    "python_multipart",
    "rapidocr",
    "requests",
    "stamina",
    "stdnum",
    "structlog",
    "typst",
    "tzdata",
    "urllib3",
    "uvicorn",
    "yaml",
)
FONT: Final = "Libertinus Serif"  # of namespace_files/templates
PAGE: Final = b'#set text(font: "%s")\nSuma y sigue: 21,75 EUR' % FONT.encode()


def check() -> None:
    """Load everything; whatever fails is raised."""
    for name in MODULES:
        importlib.import_module(name)
    check_models()
    check_font()


def check_models() -> None:
    """Open the OCR models that lie in the wheel."""
    import onnxruntime  # type: ignore[import-untyped]
    import rapidocr

    models = sorted((Path(rapidocr.__file__).parent / "models").glob("*.onnx"))
    if not models:
        raise SystemExit("The rapidocr wheel brings no models. Lock a version that does.")
    for model in models:
        onnxruntime.InferenceSession(model, providers=["CPUExecutionProvider"])


def check_font() -> None:
    """Set a page with the fonts that lie in the wheel alone."""
    import typst

    fonts = typst.Fonts(include_system_fonts=False, include_embedded_fonts=True)
    if FONT not in fonts.families():
        raise SystemExit(f"The typst wheel brings no {FONT}. Lock a version that does, or change the templates.")
    if not typst.compile(PAGE, font_paths=fonts).startswith(b"%PDF"):
        raise SystemExit("typst made no PDF.")


if __name__ == "__main__":
    check()
