"""How good what is found is: nDCG@10 on the Cranfield collection (1,400 abstracts, 225 questions) with the local model.

Promise: at least 0.43 by both legs, and no less than by either alone. The corpus is not part of Nacre: give the folder
that holds cran.all.1400, cran.qry and cranqrel, or lay it beside this checkout as cranfield/.
"""

import argparse
import math
import re
import statistics
from collections import defaultdict
from pathlib import Path

from bench._knowledge import Library, library
from bench._place import home_on
from bench._result import Results
from nacre.core.principals import OWNER
from nacre.knowledge.found import Mode
from nacre.knowledge.legs import Asked
from nacre.knowledge.preparing import New

_BESIDE = Path(__file__).parents[2] / "cranfield"
_AT_ONCE = 100
Judged = dict[int, dict[str, int]]


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--corpus", type=Path, default=_BESIDE)
    arguments.add_argument("--quick", action="store_true", help="every tenth question")
    given = arguments.parse_args()
    results = Results("knowledge_quality", "nDCG@10 on Cranfield with the model of this machine")
    if not (given.corpus / "cran.all.1400").exists():
        results.note("not measured: there is no corpus in", str(given.corpus))
        return results.keep()
    abstracts, questions, judged = read(given.corpus)
    with home_on("plain") as home, library(home) as shelf:
        shelf.make("cranfield", None)
        for first in range(0, len(abstracts), _AT_ONCE):
            some = abstracts[first : first + _AT_ONCE]
            shelf.adding.add(OWNER, "cranfield", [New(number, text, {}) for number, text in some])
        asked = questions[:: 10 if given.quick else 1]
        score = {mode: measure(shelf, mode, asked, judged) for mode in ("text", "vector", "hybrid")}
    for mode in ("text", "vector"):
        results.add(f"by {mode} alone", score[mode], "")
    results.add("hybrid", score["hybrid"], "", 0.43, at_least=True)
    results.add("hybrid ÷ the better leg alone", score["hybrid"] / max(score["text"], score["vector"]), "", 1, True)
    return results.keep()


def measure(shelf: Library, mode: Mode, questions: list[tuple[int, str]], judged: Judged) -> float:
    scores = []
    for number, question in questions:
        found = shelf.searching.search(OWNER, Asked(["cranfield"], question, None, 10, mode, {}))
        scores.append(ndcg([record.document for record in found.records], judged[number]))
    return statistics.mean(scores)


def ndcg(found: list[str], gains: dict[str, int]) -> float:
    """Järvelin and Kekäläinen, 2002, over the first ten."""
    best = sorted(gains.values(), reverse=True)[:10]
    ideal = sum(gain / math.log2(rank + 1) for rank, gain in enumerate(best, 1))
    return sum(gains.get(one, 0) / math.log2(rank + 1) for rank, one in enumerate(found[:10], 1)) / ideal


def read(folder: Path) -> tuple[list[tuple[str, str]], list[tuple[int, str]], Judged]:
    """Abstracts with text; questions, which the judgements number by their order; what is relevant to each.

    Relevance is 1 for a complete answer to 4 for hardly any (cranqrel.readme); what is judged otherwise is of none.
    """
    abstracts = [
        (number, " ".join(f"{title} {text}".split()))
        for number, title, text in re.findall(
            r"^\.I (\d+)\n\.T\n(.*?)^\.A\n.*?^\.W\n(.*?)(?=^\.I|\Z)",
            (folder / "cran.all.1400").read_text(), re.DOTALL | re.MULTILINE,
        )
    ]  # fmt: skip
    parts = re.findall(r"^\.W\n(.*?)(?=^\.I|\Z)", (folder / "cran.qry").read_text(), re.DOTALL | re.MULTILINE)
    questions = [(number, " ".join(text.split())) for number, text in enumerate(parts, 1)]
    judged: Judged = defaultdict(dict)
    for question, document, grade in re.findall(r"(\d+) +(\d+) +(-?\d+)", (folder / "cranqrel").read_text()):
        if 1 <= int(grade) <= 4:
            judged[int(question)][document] = 1
    return [(number, text) for number, text in abstracts if text], questions, judged


if __name__ == "__main__":
    main()
