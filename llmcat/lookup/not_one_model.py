"""Texts that stand for a model and do not say which one: ARNs of profiles, endpoints, fine-tunes."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple


class Nameless(NamedTuple):
    """A regular expression of the whole text, and the reason why it names no model."""

    pattern: str
    reason: str


NAMELESS = (
    Nameless(
        r"arn:aws[\w-]*:bedrock:.*:application-inference-profile/.*",
        "the ARN of an application inference profile does not say its model; name the one it was made for",
    ),
    Nameless(
        r"arn:aws[\w-]*:bedrock:.*:(?:provisioned|custom|imported)-model.*",
        "the ARN of a provisioned, custom or imported model does not say its base, and it has prices of"
        " its own",
    ),
    Nameless(
        r"arn:aws[\w-]*:bedrock:.*:(?:default-)?prompt-router/.*",
        "a prompt router chooses the model call by call; take the one that the response names",
    ),
    Nameless(r"arn:.*", "this ARN does not say a model of the catalogue; name the model"),
    Nameless(
        r"projects/[^/]+/locations/[^/]+/endpoints/.*",
        "an endpoint of Vertex does not say its model; name the one that is deployed there",
    ),
    Nameless(
        r"tunedModels/.*", "a tuned model does not say its base; name that to have its prices"
    ),
    Nameless(
        r"(?:ft:.*|.+\.ft-\w+)",
        "a fine-tune has prices of its own, and none are known of this one",
    ),
    Nameless(r"https?://.*", "this address does not say a model of the catalogue"),
)
"""In this order; the first that fits says why."""


def why_nameless(names: Iterable[str]) -> str | None:
    """Why one of these texts names no model; None where none of them is such a text."""
    import re

    for name in names:
        for nameless in NAMELESS:
            if re.fullmatch(nameless.pattern, name, re.IGNORECASE):
                return nameless.reason
    return None
