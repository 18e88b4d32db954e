"""The tests of this folder run with `make test-browser` only."""

import pytest


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave the default suite fast and free of a browser."""
    if "browser" not in (config.option.markexpr or ""):
        for item in items:
            if item.get_closest_marker("browser"):
                item.add_marker(pytest.mark.skip(reason="opens the report in Chromium: make test-browser"))
