/** Adding a model from a provider's preset, or changing one; its key is typed here and never shown again. */
import { type FormEvent, useId, useState } from "react";
import { useFollow, useOperation } from "../../api/hooks.ts";
import { Button } from "../../components/Button.tsx";
import { CommandLine } from "../../components/CommandLine.tsx";
import { Dialog } from "../../components/Dialog.tsx";
import { ErrorState } from "../../components/ErrorState.tsx";
import { CheckField, SelectField, TextField } from "../../components/Field.tsx";
import { PasswordField } from "../../components/PasswordField.tsx";
import { Progress } from "../../components/Progress.tsx";
import { Skeleton } from "../../components/Skeleton.tsx";
import { useToasts } from "../../components/Toasts.tsx";
import { useText } from "../../i18n/text.tsx";
import { isModelName, type Model } from "../../modules/models/models.ts";
import { additionFrom, commandFor, type Draft, draftFor, draftOf, LIMITS, type Preset } from "./addition.ts";
import styles from "./Models.module.css";

interface Props {
  readonly present: readonly Model[];
  /** The one that is changed; left out: another is added. */
  readonly model?: Model;
  readonly onClose: () => void;
}

export function AddModel({ present, model, onClose }: Props) {
  const text = useText();
  const presets = useOperation("llm.provider.list", {});
  const [first] = presets.data ?? [];
  if (first && presets.data) {
    const initial = model ? draftOf(model) : draftFor(first);
    return <ModelForm presets={presets.data} present={present} initial={initial} model={model} onClose={onClose} />;
  }
  return (
    <Dialog title={text.models.add.title} onClose={onClose}>
      {presets.error ? (
        <ErrorState error={presets.error} inline onRetry={() => void presets.refetch()} />
      ) : (
        <Skeleton />
      )}
    </Dialog>
  );
}

interface FormProps {
  readonly presets: readonly Preset[];
  readonly present: readonly Model[];
  readonly initial: Draft;
  readonly model: Model | undefined;
  readonly onClose: () => void;
}

function ModelForm({ presets, present, initial, model, onClose }: FormProps) {
  const text = useText();
  const toasts = useToasts();
  const ids = { form: useId(), models: useId() };
  const adding = useFollow("llm.model.add");
  const [draft, setDraft] = useState(initial);
  const preset = presets.find(({ name }) => name === draft.provider);
  const named = isModelName(draft.name.trim());
  const taken = !model && present.some(({ name }) => name === draft.name.trim());
  const input = additionFrom(draft, model?.options);
  const fits = named && input.model !== "";
  const change = (some: Partial<Draft>) => setDraft({ ...draft, ...some });
  const submit = async (event: FormEvent) => {
    event.preventDefault();
    if (!fits || !(await adding.start(input))) return;
    toasts.show({ message: model ? text.models.change.changed(input.name) : text.models.add.added(input.name) });
    onClose();
  };
  const chooseModel = (called: string) => {
    const known = preset?.models.find(({ name }) => name === called);
    change({ model: called, ...(known ? { kind: known.kind } : {}) });
  };
  return (
    <Dialog
      title={model ? text.models.change.title(model.name) : text.models.add.title}
      onClose={onClose}
      footer={
        <>
          <Button onClick={onClose}>{text.common.cancel}</Button>
          <Button type="submit" form={ids.form} look="primary" busy={adding.running} disabled={!fits}>
            {model ? text.models.change.submit : text.models.add.submit}
          </Button>
        </>
      }
    >
      <form id={ids.form} className={styles.stack} onSubmit={(event) => void submit(event)}>
        {!model && (
          <div className={styles.pair}>
            <SelectField
              label={text.models.add.preset}
              value={draft.provider}
              onChange={(event) => {
                const next = presets.find(({ name }) => name === event.target.value);
                if (next) setDraft({ ...draftFor(next), key: draft.key, makeDefault: draft.makeDefault });
              }}
              choices={presets.map(({ name, title }) => ({ value: name, label: title }))}
            />
            <TextField
              label={text.models.name}
              hint={text.models.nameHint}
              value={draft.name}
              onChange={(event) => change({ name: event.target.value })}
              problem={draft.name !== "" && !named ? text.models.add.bad : taken ? text.models.add.taken : null}
              autoComplete="off"
              autoCapitalize="none"
              spellCheck={false}
            />
          </div>
        )}
        <div className={styles.pair}>
          <TextField
            label={text.models.model}
            hint={text.models.add.modelHint}
            list={ids.models}
            value={draft.model}
            onChange={(event) => chooseModel(event.target.value)}
            autoComplete="off"
            autoCapitalize="none"
            spellCheck={false}
          />
          <datalist id={ids.models}>
            {preset?.models.map(({ name }) => (
              <option key={name} value={name} />
            ))}
          </datalist>
          <SelectField
            label={text.models.kind}
            value={draft.kind}
            onChange={(event) => change({ kind: event.target.value as Draft["kind"] })}
            choices={(["chat", "embedding"] as const).map((kind) => ({
              value: kind,
              label: text.models.kinds[kind] ?? kind,
            }))}
          />
        </div>
        <TextField
          label={text.models.add.baseUrl}
          hint={text.models.add.baseUrlHint}
          placeholder={preset?.base_url}
          value={draft.baseUrl}
          onChange={(event) => change({ baseUrl: event.target.value })}
          autoComplete="off"
          autoCapitalize="none"
          spellCheck={false}
        />
        <PasswordField
          label={text.models.add.key}
          hint={
            model?.has_key
              ? text.models.add.keyKept
              : preset?.needs_key === false
                ? text.models.add.keyless
                : text.models.add.keyHint
          }
          value={draft.key}
          onChange={(event) => change({ key: event.target.value })}
          autoComplete="off"
          spellCheck={false}
        />
        <details className={styles.more}>
          <summary>{text.models.add.more}</summary>
          <div className={styles.pair}>
            {LIMITS.map((limit) => (
              <TextField
                key={limit}
                label={text.models.add.options[limit]}
                type="number"
                min={0}
                step="any"
                value={draft.limits[limit]}
                onChange={(event) => change({ limits: { ...draft.limits, [limit]: event.target.value } })}
              />
            ))}
          </div>
          <p className={styles.soft}>{text.models.add.priceHint}</p>
        </details>
        <CheckField
          label={text.models.add.default}
          hint={text.models.add.defaultHint}
          checked={draft.makeDefault}
          onChange={(event) => change({ makeDefault: event.target.checked })}
        />
      </form>
      {adding.running && <Progress step={adding.step} />}
      {adding.error && <ErrorState error={adding.error} inline />}
      <CommandLine command={commandFor(input)} />
    </Dialog>
  );
}
