"""An application on a folder of its own, asked without a network."""

from collections.abc import Iterator

import pytest

pytest.importorskip("fastapi")
pytest.importorskip("httpx")

import warnings

with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    from fastapi.testclient import TestClient

from occupancy.web import Settings, create_app


@pytest.fixture(scope="session")
def settings(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    return Settings(data=tmp_path_factory.mktemp("data"))


@pytest.fixture(scope="session")
def client(settings: Settings) -> Iterator[TestClient]:
    application = create_app(settings)
    with TestClient(
        application, base_url="http://127.0.0.1:8417", raise_server_exceptions=False
    ) as one:
        yield one
