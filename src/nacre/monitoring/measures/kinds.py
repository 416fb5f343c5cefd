"""The kinds of subjects there are."""

from nacre.monitoring.measures.cluster import CLUSTER
from nacre.monitoring.measures.daemon import DAEMON
from nacre.monitoring.measures.host import HOST
from nacre.monitoring.measures.jobs import JOBS
from nacre.monitoring.measures.knowledge import KNOWLEDGE
from nacre.monitoring.measures.model import BUDGET, MODEL
from nacre.monitoring.measures.node import NODE
from nacre.monitoring.measures.upkeep import UPKEEP

KINDS = {kind.name: kind for kind in (HOST, DAEMON, CLUSTER, UPKEEP, NODE, JOBS, MODEL, BUDGET, KNOWLEDGE)}
