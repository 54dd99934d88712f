"""Setting a page with typst: data are data of the template and never evaluated."""

from collections.abc import Iterator
from contextlib import contextmanager

from kit import files
from kit.errors import InvalidRequestError, RefusedInputError


def pdf(template: str, **inputs: str) -> bytes:
    """Set a template of namespace_files/templates, with its inputs as `sys.inputs`; raises typst's own errors."""
    import typst

    return bytes(typst.compile(str(files.namespace_file(f"templates/{template}")), root="/", sys_inputs=inputs))


@contextmanager
def failures(what: str, next_action: str) -> Iterator[None]:
    """Turn what can go wrong in the making of a page into one error.

    Args:
        what: what is made, such as `document`.
        next_action: what a person must do.

    Raises:
        InvalidRequestError: typst cannot set it, a file cannot be written, or a picture cannot be read.
    """
    import typst

    try:
        yield
    except (typst.TypstError, OSError, RefusedInputError) as error:
        raise InvalidRequestError(
            f"The {what} cannot be made ({type(error).__name__}).", code="document_failed", next_action=next_action
        ) from error
