import imagekit
import pytest


@pytest.fixture(scope="session")
def image_python(tmp_path_factory):
    """The interpreter of a venv that was made as the image's build makes it."""
    return imagekit.build_venv(tmp_path_factory.mktemp("image"))
