"""The verbs of language models; each part declares its own."""

from nacre.llm.asking import operations as asking  # noqa: F401
from nacre.llm.embedding import operations as embedding  # noqa: F401
from nacre.llm.installing import operations as installing  # noqa: F401
from nacre.llm.ledger import operations as ledger  # noqa: F401
from nacre.llm.models import operations as models  # noqa: F401
from nacre.llm.redaction import operations as redaction  # noqa: F401
from nacre.llm.sets import operations as sets  # noqa: F401
from nacre.llm.talking import operations as talking  # noqa: F401
from nacre.llm.vectorizers import operations as vectorizers  # noqa: F401
