"""Fixtures of the stories of costs."""

from __future__ import annotations

from typing import Any

import pytest

from llmcat import Catalog

PRICES: dict[str, Any] = {
    "acme": {
        "models": [
            {
                "id": "swift",
                "name": "Swift",
                "cost": {"input": 2, "output": 8, "cache_read": 0.2},
                "limit": {"context": 1_000_000},
                "capabilities": {"tools": True},
            },
            {
                "id": "long",
                "name": "Long",
                "limit": {"context": 1_000_000},
                "capabilities": {"tools": True},
                "cost": {
                    "input": 1,
                    "output": 4,
                    "tiers": [{"min_context": 200_000, "input": 3, "output": 6}],
                },
            },
            {"id": "cheap", "name": "Cheap", "cost": {"input": 0.1, "output": 0.3}},
            {"id": "unpriced", "name": "Unpriced"},
        ]
    }
}


@pytest.fixture(scope="module")
def acme() -> Catalog:
    """A catalogue of four models of one provider."""
    return Catalog.from_sources(PRICES)
