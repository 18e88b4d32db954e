"""One small project that has run once, for all tests of this folder."""

import pytest
from harness import Project


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """What needs the project that has run is marked `dag`."""
    for item in items:
        if {"project", "finished"} & set(getattr(item, "fixturenames", ())):
            item.add_marker(pytest.mark.dag)


@pytest.fixture(scope="session")
def finished(tmp_path_factory: pytest.TempPathFactory) -> Project:
    """The project after its first run."""
    project = Project(tmp_path_factory.mktemp("dag"))
    project.run()
    project.keep()
    return project


@pytest.fixture
def project(finished: Project) -> Project:
    """The project as its first run left it."""
    return finished.restore()
