"""What a server says about itself."""

import requests


def test_the_version_and_the_edition(kestra):
    found = requests.get(f"{kestra.url}/api/v1/configs", auth=kestra.auth, timeout=30).json()
    assert found["version"].startswith("2.0.")
    assert found["edition"] == "OSS"


def test_they_need_credentials(kestra):
    assert requests.get(f"{kestra.url}/api/v1/configs", timeout=30).status_code == 401
