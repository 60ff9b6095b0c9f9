"""What editors complete: values with names, and capabilities as keywords of their own."""

from __future__ import annotations

import inspect
import subprocess
import sys
from pathlib import Path
from typing import Any, get_args

import pytest

from llmcat import Catalog, OptionError
from llmcat.capabilities import CAPABILITIES, TASKS
from llmcat.choosing import literals
from llmcat.choosing.find import build_query
from llmcat.choosing.keywords import keywords
from llmcat.choosing.options import BILLINGS, MODALITIES, OPTIONS, STATUSES, TIERS, UNKNOWN


def test_the_typed_values_are_those_of_the_tables() -> None:
    """What an editor offers for a task, a capability or a status is what find takes."""
    assert get_args(literals.CapabilityName) == tuple(c.name for c in CAPABILITIES)
    assert get_args(literals.TaskName) == tuple(task.name for task in TASKS)
    assert get_args(literals.Modality) == MODALITIES
    assert get_args(literals.Billing) == BILLINGS
    assert get_args(literals.Status) == STATUSES
    assert get_args(literals.Tier) == (*TIERS, UNKNOWN)
    for column in get_args(literals.Order):
        assert build_query({"order_by": column})


def test_a_capability_is_a_keyword_of_its_own() -> None:
    """vision=True is require=["vision"], tools=False forbid=["tools"], in every call that finds."""
    catalog = Catalog.from_sources(
        {
            "acme": {
                "models": [
                    {"id": "eye", "capabilities": {"vision": True, "chat": True}},
                    {"id": "hand", "capabilities": {"vision": True, "tools": True, "chat": True}},
                    {"id": "blank"},
                ]
            }
        }
    )

    assert [m.id for m in catalog.find(vision=True)] == ["eye", "hand"]
    assert catalog.find(vision=True) == catalog.find(image_input=True)  # type: ignore[call-arg]
    assert [m.id for m in catalog.find(vision=True, tools=False)] == ["eye"]
    assert [m.id for m in catalog.find(tools=False)] == ["blank", "eye"]
    assert [m.id for m in catalog.find(vision=True, require="tools")] == ["hand"]
    assert catalog.find(vision=None) == catalog.find()
    assert catalog.select(tools=True) == catalog["acme:hand"]
    assert "has the capability vision" in str(catalog.explain(vision=True))
    assert [offer.model.id for offer in catalog.offers("eye", vision=True)] == ["eye"]


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"visoin": True}, "no option 'visoin'; did you mean vision"),
        ({"vision": "yes"}, "vision must be True or False"),
    ],
)
def test_a_capability_that_is_misspelt_or_no_yes_or_no_is_refused(
    options: dict[str, Any], words: str
) -> None:
    """It would match everything in silence."""
    with pytest.raises(OptionError, match=words):
        Catalog.from_sources({"acme": {"models": [{"id": "eye"}]}}).find(**options)


def test_a_notebook_completes_every_keyword(shipped: Path) -> None:
    """IPython looks at live signatures: find, select, explain and offers name every option there, and
    brackets the specs."""
    code = (
        "import IPython, inspect; from llmcat import Catalog;"
        "print(*[len(inspect.signature(getattr(Catalog, name)).parameters)"
        " for name in ('find', 'select', 'explain', 'offers')]);"
        "print('openai:gpt-4o' in Catalog(sys.argv[1])._ipython_key_completions_())"
    )
    stand_in = "import sys, types; sys.modules['IPython'] = types.ModuleType('IPython');"
    done = subprocess.run(
        [sys.executable, "-c", stand_in + code, str(shipped)],
        capture_output=True,
        text=True,
        check=True,
    )
    flags = {name for c in CAPABILITIES for name in (c.name, c.column or c.name)}
    options = len({*OPTIONS, *flags})
    *counts, completes = done.stdout.split()
    assert completes == "True"
    assert list(map(int, counts)) == [options + own for own in (1, 3, 3, 2)]
    assert set(inspect.signature(keywords).parameters) == {*OPTIONS, *flags}
