/** Adding what a collection is to be kept in step with: its kind, and the little that each kind needs. */
import { type FormEvent, useId, useState } from "react";
import { useFollow, useOperation } from "../../api/hooks.ts";
import { commandOf } from "../../api/requests.ts";
import { useMay } from "../../api/session.ts";
import { Button } from "../../components/Button.tsx";
import { CommandLine } from "../../components/CommandLine.tsx";
import { Dialog } from "../../components/Dialog.tsx";
import { ErrorState } from "../../components/ErrorState.tsx";
import { RadioCards, SelectField, TextField } from "../../components/Field.tsx";
import { useToasts } from "../../components/Toasts.tsx";
import { useText } from "../../i18n/text.tsx";
import { additionOf, NO_SOURCE, type SourceDraft, type SourceKind } from "../../modules/knowledge/sources.ts";
import { useCollection } from "./collection.tsx";
import styles from "./Knowledge.module.css";

const KINDS = ["project", "url", "table", "folder"] as const;

export function AddSource({ onClose }: { onClose: () => void }) {
  const text = useText();
  const may = useMay();
  const toasts = useToasts();
  const formId = useId();
  const { name: collection } = useCollection();
  const projects = useOperation("project.list", {});
  const adding = {
    "knowledge.source.project": useFollow("knowledge.source.project"),
    "knowledge.source.url": useFollow("knowledge.source.url"),
    "knowledge.source.table": useFollow("knowledge.source.table"),
    "knowledge.source.folder": useFollow("knowledge.source.folder"),
  };
  const [typed, setDraft] = useState<SourceDraft>(NO_SOURCE);
  const draft = { ...typed, ref: typed.ref || (projects.data?.[0]?.ref ?? "") };
  const change = (some: Partial<SourceDraft>) => setDraft({ ...draft, ...some });
  const addition = additionOf(collection, draft);
  const { running, error } = adding[`knowledge.source.${draft.kind}`];
  const start = () => {
    switch (addition?.operation) {
      case "knowledge.source.project":
        return adding[addition.operation].start(addition.input);
      case "knowledge.source.url":
        return adding[addition.operation].start(addition.input);
      case "knowledge.source.table":
        return adding[addition.operation].start(addition.input);
      case "knowledge.source.folder":
        return adding[addition.operation].start(addition.input);
      default:
        return null;
    }
  };
  const submit = async (event: FormEvent) => {
    event.preventDefault();
    const added = await start();
    if (!added) return;
    toasts.show({ message: text.sources.added(added.name) });
    onClose();
  };
  const kinds = KINDS.filter((kind) => kind !== "folder" || may("admin"));
  return (
    <Dialog
      title={text.sources.add}
      onClose={onClose}
      footer={
        <>
          <Button onClick={onClose}>{text.common.cancel}</Button>
          <Button type="submit" form={formId} look="primary" busy={running} disabled={addition === null}>
            {text.sources.addNow}
          </Button>
        </>
      }
    >
      <form id={formId} className={styles.stack} onSubmit={(event) => void submit(event)}>
        <RadioCards
          label={text.sources.kind}
          value={draft.kind}
          onChange={(kind) => change({ kind: kind as SourceKind })}
          choices={kinds.map((kind) => ({
            value: kind,
            label: text.sources.kinds[kind]?.label ?? kind,
            about: text.sources.kinds[kind]?.about ?? "",
          }))}
        />
        {(draft.kind === "project" || draft.kind === "table") && (
          <SelectField
            label={text.sources.ref}
            value={draft.ref}
            onChange={(event) => change({ ref: event.target.value })}
            problem={projects.data?.length === 0 ? text.newCollection.noProject : null}
            choices={(projects.data ?? []).map(({ ref }) => ({ value: ref, label: ref }))}
          />
        )}
        <OfKind draft={draft} onChange={change} />
        <TextField
          label={text.common.name}
          hint={text.sources.nameHint}
          optional
          value={draft.name}
          onChange={(event) => change({ name: event.target.value })}
          {...PLAIN}
        />
      </form>
      {error && <ErrorState error={error} inline />}
      {addition && <CommandLine command={commandOf(addition.operation, addition.input)} />}
    </Dialog>
  );
}

const PLAIN = { autoComplete: "off", autoCapitalize: "none", spellCheck: false } as const;

interface PartProps {
  readonly draft: SourceDraft;
  readonly onChange: (some: Partial<SourceDraft>) => void;
}

function OfKind({ draft, onChange }: PartProps) {
  const text = useText();
  const { fields } = text.sources;
  const field = (name: keyof typeof fields, placeholder: string, optional = false) => (
    <TextField
      label={fields[name].label}
      hint={fields[name].hint}
      optional={optional}
      placeholder={placeholder}
      value={draft[name]}
      onChange={(event) => onChange({ [name]: event.target.value })}
      {...(name === "depth" ? { type: "number", min: 0, max: 20 } : {})}
      {...PLAIN}
    />
  );
  switch (draft.kind) {
    case "project":
      return (
        <div className={styles.pair}>
          {field("under", "docs", true)}
          {field("match", "*.md, !drafts/**", true)}
        </div>
      );
    case "url":
      return (
        <>
          {field("url", "https://example.org/docs/")}
          {field("depth", "0")}
        </>
      );
    case "folder":
      return (
        <>
          {field("path", "/srv/handbook")}
          {field("match", "*.md, !drafts/**", true)}
        </>
      );
    case "table":
      return (
        <>
          <div className={styles.pair}>
            {field("table", "articles")}
            {field("key", "id")}
          </div>
          <div className={styles.pair}>
            {field("text", "title, body")}
            {field("metadata", "lang, year", true)}
          </div>
        </>
      );
  }
}
