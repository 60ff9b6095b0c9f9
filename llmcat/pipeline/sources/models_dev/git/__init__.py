"""A git clone of models.dev, walked commit by commit: what its api.json said, and when.

repository  what there is to read in a clone, and what is refused
git         running git on its objects, and on nothing else of it
line        which commits were published, and when
tree        what each changed, and the contents
published   the shape that api.json gives a TOML table
tables      who inherits from whom; the providers and models as of a commit
walk        one step for each commit that changed what was published
process     the walk in a process of its own, and clone: the source that reads from it
"""

from __future__ import annotations

from llmcat.pipeline.sources.models_dev.git.walk import walk

__all__ = ["walk"]
