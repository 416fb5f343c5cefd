"""The kinds of subjects there are."""

from nacre.monitoring.measures.cluster import CLUSTER
from nacre.monitoring.measures.daemon import DAEMON
from nacre.monitoring.measures.host import HOST

KINDS = {kind.name: kind for kind in (HOST, DAEMON, CLUSTER)}
