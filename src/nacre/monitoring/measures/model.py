"""What is measured of language models, and of what may be spent on them."""

from nacre.monitoring.measures.measure import Kind, Measure

MODEL = Kind(
    "model",
    "model",
    (
        Measure("calls", "Calls, since the side-car began.", counter=True),
        Measure("errors", "Calls that failed; those that somebody gave up are none of them.", counter=True),
        Measure("cached", "Calls that were answered from the cache.", counter=True),
        Measure("input_tokens", "Tokens that it was sent.", counter=True),
        Measure("output_tokens", "Tokens that it answered.", counter=True),
        Measure("cost_usd", "What that cost, in dollars.", counter=True),
        Measure("latency_p50", "Until it had answered, half of the calls since the last look.", "seconds"),
        Measure("latency_p95", "The same for 95 of a hundred.", "seconds"),
        Measure("first_token_p95", "Until it began to, where the answer came in pieces.", "seconds"),
    ),
)

BUDGET = Kind(
    "budget",
    "budget",
    (
        Measure("limit_usd", "What may be spent in its day or month, in dollars."),
        Measure("spent_usd", "What is; where each has the same, by who spent most."),
    ),
)
