"""The kinds of subjects there are."""

from nacre.monitoring.measures.app import APP
from nacre.monitoring.measures.certificate import CERTIFICATE
from nacre.monitoring.measures.cluster import CLUSTER
from nacre.monitoring.measures.daemon import DAEMON
from nacre.monitoring.measures.gateway import GATEWAY
from nacre.monitoring.measures.history import HISTORY
from nacre.monitoring.measures.host import HOST
from nacre.monitoring.measures.jobs import JOBS
from nacre.monitoring.measures.knowledge import KNOWLEDGE
from nacre.monitoring.measures.model import BUDGET, MODEL
from nacre.monitoring.measures.node import NODE
from nacre.monitoring.measures.upkeep import UPKEEP
from nacre.monitoring.measures.workspace import WORKSPACE

_ALL = (
    HOST,
    DAEMON,
    GATEWAY,
    CLUSTER,
    UPKEEP,
    HISTORY,
    APP,
    WORKSPACE,
    NODE,
    JOBS,
    MODEL,
    BUDGET,
    KNOWLEDGE,
    CERTIFICATE,
)

KINDS = {kind.name: kind for kind in _ALL}
