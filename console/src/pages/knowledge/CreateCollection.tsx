/** Making a collection: its name and who reads it; the model and how texts are cut have defaults that do. */
import { useNavigate } from "@tanstack/react-router";
import { type FormEvent, useId, useState } from "react";
import { useFollow, useOperation } from "../../api/hooks.ts";
import { commandOf } from "../../api/requests.ts";
import { Button } from "../../components/Button.tsx";
import { CommandLine } from "../../components/CommandLine.tsx";
import { Dialog } from "../../components/Dialog.tsx";
import { ErrorState } from "../../components/ErrorState.tsx";
import { RadioCards, SelectField, TextField } from "../../components/Field.tsx";
import { Progress } from "../../components/Progress.tsx";
import { useToasts } from "../../components/Toasts.tsx";
import { useText } from "../../i18n/text.tsx";
import {
  type Access,
  BROUGHT,
  creationFrom,
  type Draft,
  FIRST,
  type Trouble,
  troubleOf,
} from "../../modules/knowledge/collections.ts";
import { isSlug } from "../../modules/slugs.ts";
import styles from "./Knowledge.module.css";

const WAYS = ["markdown", "recursive", "sentences", "tokens", "characters", "none"] as const;
const ACCESSES = ["private", "project", "everyone"] as const;

export function CreateCollection({ taken, onClose }: { taken: readonly string[]; onClose: () => void }) {
  const text = useText();
  const toasts = useToasts();
  const navigate = useNavigate();
  const formId = useId();
  const creation = useFollow("knowledge.collection.create");
  const projects = useOperation("project.list", {});
  const [draft, setDraft] = useState<Draft>(FIRST);
  const change = (some: Partial<Draft>) => setDraft({ ...draft, ...some });
  const problem = problemWith(draft.name, taken, text.newCollection);
  const trouble = troubleOf(draft);
  const lacksProject = draft.access === "project" && draft.project === "";
  const fits = draft.name !== "" && problem === null && trouble === null && !lacksProject;
  const input = creationFrom(draft);

  const choose = (access: Access) =>
    change({ access, project: draft.project || (access === "project" ? (projects.data?.[0]?.ref ?? "") : "") });
  const submit = async (event: FormEvent) => {
    event.preventDefault();
    if (!fits || creation.running) return;
    const began = performance.now();
    if (!(await creation.start(input))) return;
    toasts.show({ message: text.newCollection.made(input.name), tookMs: performance.now() - began });
    await navigate({ to: "/knowledge/collections/$collection/documents", params: { collection: input.name } });
  };

  return (
    <Dialog
      title={text.newCollection.title}
      onClose={onClose}
      footer={
        <>
          <Button onClick={onClose}>{text.common.cancel}</Button>
          <Button type="submit" form={formId} look="primary" busy={creation.running} disabled={!fits}>
            {text.common.create}
          </Button>
        </>
      }
    >
      <form id={formId} className={styles.stack} onSubmit={(event) => void submit(event)}>
        <TextField
          label={text.common.name}
          hint={text.newCollection.nameHint}
          problem={problem}
          value={draft.name}
          onChange={(event) => change({ name: event.target.value.trim().toLowerCase() })}
          placeholder="handbook"
          autoComplete="off"
          autoCapitalize="none"
          spellCheck={false}
          maxLength={39}
          readOnly={creation.running}
          autoFocus
        />
        <RadioCards
          label={text.newCollection.access}
          value={draft.access}
          onChange={(access) => choose(access as Access)}
          choices={ACCESSES.map((access) => ({ value: access, ...text.newCollection.choices[access] }))}
        />
        {draft.access === "project" && (
          <SelectField
            label={text.newCollection.project}
            value={draft.project}
            onChange={(event) => change({ project: event.target.value })}
            problem={projects.data?.length === 0 ? text.newCollection.noProject : null}
            choices={(projects.data ?? []).map(({ ref }) => ({ value: ref, label: ref }))}
          />
        )}
        <ModelChoice draft={draft} onChange={change} />
        <Cutting draft={draft} trouble={trouble} onChange={change} />
      </form>
      {creation.running && <Progress step={creation.step} label={text.common.create} />}
      {creation.error && <ErrorState error={creation.error} inline />}
      <CommandLine command={commandOf("knowledge.collection.create", { ...input, name: draft.name || "handbook" })} />
    </Dialog>
  );
}

interface PartProps {
  readonly draft: Draft;
  readonly onChange: (some: Partial<Draft>) => void;
}

function ModelChoice({ draft, onChange }: PartProps) {
  const text = useText();
  const models = useOperation(
    "llm.model.list",
    draft.access === "project" && draft.project ? { ref: draft.project } : {},
  );
  const embedding = models.data?.filter(({ kind }) => kind === "embedding") ?? [];
  const standard = embedding.find((model) => model.default) ?? embedding.find(({ name }) => name === "local");
  const said = (name: string, provider: string | null, model: string | null) =>
    provider === "local" ? `${name} – ${text.newCollection.modelLocal}` : model === null ? name : `${name} – ${model}`;
  return (
    <>
      <SelectField
        label={text.newCollection.model}
        hint={draft.model === BROUGHT ? undefined : text.newCollection.modelHint}
        value={draft.model}
        onChange={(event) => onChange({ model: event.target.value })}
        choices={[
          { value: "", label: standard ? said(standard.name, standard.provider, standard.model) : text.models.default },
          ...embedding
            .filter((model) => model !== standard)
            .map(({ name, provider, model }) => ({ value: name, label: said(name, provider, model) })),
          { value: BROUGHT, label: text.newCollection.modelBrought },
        ]}
      />
      {draft.model === BROUGHT && (
        <TextField
          label={text.newCollection.dimension}
          hint={text.newCollection.dimensionHint}
          problem={troubleOf(draft) === "dimension" ? text.newCollection.dimensionBad : null}
          type="number"
          min={1}
          max={8192}
          value={draft.dimension}
          onChange={(event) => onChange({ dimension: event.target.value })}
        />
      )}
    </>
  );
}

function Cutting({ draft, trouble, onChange }: PartProps & { trouble: Trouble }) {
  const text = useText();
  return (
    <details className={styles.more}>
      <summary>{text.newCollection.more}</summary>
      <div className={styles.stack}>
        {draft.model !== BROUGHT && (
          <>
            <SelectField
              label={text.newCollection.by}
              value={draft.by}
              onChange={(event) => onChange({ by: event.target.value as Draft["by"] })}
              choices={WAYS.map((way) => ({ value: way, label: text.newCollection.bys[way] }))}
            />
            <div className={styles.pair}>
              <TextField
                label={text.newCollection.size}
                hint={text.newCollection.sizeHint}
                problem={trouble === "size" ? text.newCollection.sizeBad : null}
                type="number"
                value={draft.size}
                onChange={(event) => onChange({ size: event.target.value })}
              />
              <TextField
                label={text.newCollection.overlap}
                hint={text.newCollection.overlapHint}
                problem={trouble === "overlap" ? text.newCollection.overlapBad : null}
                type="number"
                value={draft.overlap}
                onChange={(event) => onChange({ overlap: event.target.value })}
              />
            </div>
          </>
        )}
        <SelectField
          label={text.newCollection.metric}
          value={draft.metric}
          onChange={(event) => onChange({ metric: event.target.value as Draft["metric"] })}
          choices={(["cosine", "dot", "l2"] as const).map((metric) => ({
            value: metric,
            label: text.newCollection.metrics[metric] ?? metric,
          }))}
        />
      </div>
    </details>
  );
}

interface Words {
  nameBad: string;
  nameTaken: string;
}

function problemWith(name: string, taken: readonly string[], words: Words): string | null {
  if (name === "") return null;
  if (!isSlug(name)) return words.nameBad;
  return taken.includes(name) ? words.nameTaken : null;
}
