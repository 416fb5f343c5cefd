"""What is known of providers: where they are, what they are good for, and what they cost.

Prices and names of models change faster than programs. They are a beginning for whoever adds a model, who can change
each of them; `as_of` says how old they are, and None that they are not known here.
"""

from dataclasses import dataclass, field
from typing import Literal

from nacre.engines.models.minilm import CONTEXT_TOKENS, DIMENSION, NAME
from nacre.engines.models.openai import Dialect

Language = Literal["openai", "anthropic", "local", "sentence-transformers"]


@dataclass(frozen=True)
class Price:
    """Of a million tokens."""

    input: float
    output: float
    as_of: str
    currency: Literal["USD", "CNY"] = "USD"


@dataclass(frozen=True)
class ModelFacts:
    """`dimension` tells a model for embeddings. What is None is not known."""

    name: str
    context: int | None = None
    max_output: int | None = None
    dimension: int | None = None
    price: Price | None = None


@dataclass(frozen=True)
class Preset:
    """The first of `models` is proposed. `elsewhere` are base URLs of the same service in other regions."""

    name: str
    title: str
    language: Language
    base_url: str
    models: tuple[ModelFacts, ...]
    needs_key: bool = True
    dialect: Dialect = field(default_factory=Dialect)
    elsewhere: tuple[str, ...] = ()
    docs: str = ""

    @property
    def is_here(self) -> bool:
        """Whether its models run in this machine's side-car, so that nothing leaves it."""
        return self.language in ("local", "sentence-transformers")

    def facts(self, model: str) -> ModelFacts | None:
        return next((facts for facts in self.models if facts.name == model), None)


_FREE = Price(0, 0, "always")

PRESETS = {
    preset.name: preset
    for preset in (
        Preset(
            "openai",
            "OpenAI",
            "openai",
            "https://api.openai.com/v1",
            (
                ModelFacts("gpt-5-mini", 400_000, 128_000, price=Price(0.25, 2, "2026-10")),
                ModelFacts("gpt-5.4-mini", price=Price(0.75, 4.5, "2026-03")),
                ModelFacts("gpt-5.4", price=Price(2.5, 15, "2026-03")),
                ModelFacts("gpt-4.1", 1_047_576, 32_768, price=Price(2, 8, "2026-10")),
                ModelFacts("gpt-4o-mini", 128_000, 16_384, price=Price(0.15, 0.6, "2026-10")),
                ModelFacts("text-embedding-3-small", 8_191, dimension=1536, price=Price(0.02, 0, "2025-11")),
                ModelFacts("text-embedding-3-large", 8_191, dimension=3072, price=Price(0.13, 0, "2025-11")),
            ),
            dialect=Dialect(
                structured="json_schema",
                max_tokens_field="max_completion_tokens",
                embedding_batch=256,
                embedding_encoding="base64",
            ),
            docs="https://developers.openai.com/api/docs/pricing",
        ),
        Preset(
            "deepseek",
            "DeepSeek",
            "openai",
            "https://api.deepseek.com",
            (
                ModelFacts("deepseek-flash", 1_000_000, 384_000, price=Price(2, 8, "2026-11", "CNY")),
                ModelFacts("deepseek-v4-pro", 1_000_000, 384_000, price=Price(9, 27, "2026-11", "CNY")),
            ),
            docs="https://api-docs.deepseek.com/quick_start/pricing",
        ),
        Preset(
            "qwen",
            "Qwen (Alibaba Cloud Model Studio, DashScope)",
            "openai",
            "https://dashscope.aliyuncs.com/compatible-mode/v1",
            (
                ModelFacts("qwen-plus", 1_000_000),
                ModelFacts("qwen3.8-max", 1_000_000, 65_536, price=Price(2, 6, "2026-08")),
                ModelFacts("qwen3.5-plus", 1_000_000),
                ModelFacts("qwen3.5-flash", 1_000_000),
                ModelFacts("text-embedding-v4", 8_192, dimension=1024, price=Price(0.5, 0, "2026-11", "CNY")),
            ),
            dialect=Dialect(embedding_batch=10),
            elsewhere=("https://dashscope-intl.aliyuncs.com/compatible-mode/v1",),
            docs="https://www.alibabacloud.com/help/en/model-studio/models",
        ),
        Preset(
            "hunyuan",
            "Tencent Hunyuan",
            "openai",
            "https://api.hunyuan.cloud.tencent.com/v1",
            (
                ModelFacts("hunyuan-turbos-latest"),
                ModelFacts("hunyuan-2.0-instruct-20251111"),
                ModelFacts("hunyuan-embedding", 1_024, dimension=1024),
            ),
            dialect=Dialect(structured="none", embedding_batch=1),
            docs="https://cloud.tencent.com/document/product/1729/111006",
        ),
        Preset(
            "zhipu",
            "Zhipu (GLM)",
            "openai",
            "https://open.bigmodel.cn/api/paas/v4",
            (ModelFacts("glm-5.3", 1_048_576), ModelFacts("glm-5", 202_752), ModelFacts("embedding-3", dimension=2048)),
            elsewhere=("https://api.z.ai/api/paas/v4",),
            docs="https://docs.bigmodel.cn/cn/guide/start/model-overview",
        ),
        Preset(
            "moonshot",
            "Moonshot (Kimi)",
            "openai",
            "https://api.moonshot.cn/v1",
            (ModelFacts("kimi-k2.6", 262_144), ModelFacts("kimi-k3", 1_048_576, 131_072)),
            elsewhere=("https://api.moonshot.ai/v1",),
            docs="https://platform.kimi.com/docs/pricing/chat-k26",
        ),
        Preset(
            "ollama",
            "Ollama, on a machine of yours",
            "openai",
            "http://127.0.0.1:11434/v1",
            (ModelFacts("nomic-embed-text", 2_048, dimension=768, price=_FREE),),
            needs_key=False,
            dialect=Dialect(structured="json_schema"),
            docs="https://github.com/ollama/ollama/blob/main/docs/openai.md",
        ),
        Preset(
            "vllm",
            "vLLM, on a machine of yours",
            "openai",
            "http://127.0.0.1:8000/v1",
            (),
            needs_key=False,
            dialect=Dialect(structured="json_schema", embedding_encoding="base64"),
            docs="https://docs.vllm.ai/en/latest/serving/openai_compatible_server.html",
        ),
        Preset(
            "anthropic",
            "Anthropic",
            "anthropic",
            "https://api.anthropic.com",
            (
                ModelFacts("claude-sonnet-5-5", 1_000_000, 128_000, price=Price(2, 10, "2026-09")),
                ModelFacts("claude-opus-5-5", 1_000_000, 128_000, price=Price(4, 20, "2026-09")),
                ModelFacts("claude-haiku-5-5", 1_000_000, 128_000),
            ),
            docs="https://platform.claude.com/docs/about-claude/pricing",
        ),
        Preset(
            "local",
            "On this machine: all-MiniLM-L6-v2, for embeddings",
            "local",
            "",
            (ModelFacts(NAME, CONTEXT_TOKENS, dimension=DIMENSION, price=_FREE),),
            needs_key=False,
        ),
        Preset(
            "sentence-transformers",
            "On this machine, where sentence-transformers is installed: any model that it knows, for embeddings",
            "sentence-transformers",
            "",
            (
                ModelFacts("paraphrase-multilingual-MiniLM-L12-v2", 128, dimension=384, price=_FREE),
                ModelFacts("all-mpnet-base-v2", 384, dimension=768, price=_FREE),
            ),
            needs_key=False,
            docs="https://sbert.net/docs/sentence_transformer/pretrained_models.html",
        ),
        Preset("openai-compatible", "Any other that speaks OpenAI's language", "openai", "", (), needs_key=False),
    )
}
