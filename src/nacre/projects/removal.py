"""Removes branches and projects with everything they have; begun, it is always finished."""

import shutil

from sqlalchemy import delete, select

from nacre.branches import tables
from nacre.branches.catalog import Branch, Catalog, Project
from nacre.branches.clusters import Clusters
from nacre.branches.guests import Guests
from nacre.branches.places import Places
from nacre.branches.trees import Trees
from nacre.core.procedures import State, Step
from nacre.core.progress import report
from nacre.engines.processes.logs import remove
from nacre.history import tables as history
from nacre.history.past import Past
from nacre.history.rebirth import Rebirth


class Removal:
    """The procedure; `begin` makes the state it starts from."""

    kind = "delete"
    commit = "condemn"
    removes = True

    def __init__(
        self,
        catalog: Catalog,
        places: Places,
        clusters: Clusters,
        trees: Trees,
        rebirth: Rebirth,
        past: Past,
        guests: Guests,
    ) -> None:
        self._catalog = catalog
        self._places = places
        self._clusters = clusters
        self._trees = trees
        self._rebirth = rebirth
        self._past = past
        self._guests = guests

    @staticmethod
    def begin(branches: list[Branch], project: str | None) -> State:
        """The state for removing `branches`, and their project (its name) if they are all it has."""
        children_first = sorted(branches, key=lambda branch: -branch.id)  # a child was made after its parent
        return {
            "refs": [str(branch.ref) for branch in branches],
            "branch_ids": [branch.id for branch in children_first],
            "project": project,
        }

    def steps(self) -> tuple[Step, ...]:
        return (
            Step("condemn", self._condemn, self._pardon),
            Step("stop", self._stop),
            Step("remove", self._remove),
            Step("forget", self._forget),
        )

    def remove(self, branch: Branch) -> None:
        """Remove one branch, in whatever state it is, rows and all; does nothing twice."""
        self._halt(branch)
        self._remove_folders(branch)
        self._remove_rows(branch)

    def remove_project(self, project: Project) -> None:
        """Remove a project without branches."""
        self._trees.close_project(project.name)
        shutil.rmtree(self._places.project(project.name), ignore_errors=True)
        self._catalog.remove_project(project.id)

    def _condemn(self, state: State) -> None:
        for branch in self._branches(state):
            self._catalog.set_state(branch.id, "deleting")

    def _pardon(self, state: State) -> None:
        """A branch without a generation was condemned before it was ever open."""
        for branch in self._branches(state):
            self._catalog.set_state(branch.id, "running" if branch.generation_id else "creating")

    def _stop(self, state: State) -> None:
        for branch in self._branches(state):
            self._halt(branch)

    def _remove(self, state: State) -> None:
        for branch in self._branches(state):
            report(f"removing {branch.ref}")
            self._remove_folders(branch)

    def _forget(self, state: State) -> None:
        for branch in self._branches(state):
            self._remove_rows(branch)
        for project in self._catalog.all_projects():
            if project.name == state["project"]:
                self.remove_project(project)

    def _halt(self, branch: Branch) -> None:
        self._guests.leave(branch)
        self._past.close(branch)
        if branch.generation_id is not None:
            self._clusters.stop(branch, "immediate")
        self._trees.leave(branch)

    def _remove_folders(self, branch: Branch) -> None:
        for generation in self._catalog.generations_of(branch.id):
            self._rebirth.discard(branch, generation)
        shutil.rmtree(self._places.branch(branch.ref), ignore_errors=True)
        shutil.rmtree(self._clusters.seat(branch).socket_dir, ignore_errors=True)
        remove(self._places.postgres_log(branch.ref))
        if self._places.history(branch.ref.project).exists():
            self._trees.history(branch.ref.project).forget(str(branch.id))

    def _remove_rows(self, branch: Branch) -> None:
        """One transaction; a generation's bases and activations go before it."""
        own = select(tables.generations.c.id).where(tables.generations.c.branch_id == branch.id)
        with self._catalog.store.write() as connection:
            connection.execute(delete(history.bases).where(history.bases.c.generation_id.in_(own)))
            connection.execute(delete(history.activations).where(history.activations.c.branch_id == branch.id))
            connection.execute(delete(history.log).where(history.log.c.branch_id == branch.id))
            connection.execute(delete(tables.generations).where(tables.generations.c.branch_id == branch.id))
            connection.execute(delete(tables.branches).where(tables.branches.c.id == branch.id))

    def _branches(self, state: State) -> list[Branch]:
        wanted = state["branch_ids"]
        present = {branch.id: branch for branch in self._catalog.all_branches()}
        return [present[number] for number in wanted if number in present]
