/** Fall-back chains: which models answer for a name, in which order, and which of them take turns. */
import { type FormEvent, Fragment, useId, useState } from "react";
import { useFollow } from "../../api/hooks.ts";
import { useMay } from "../../api/session.ts";
import { Button, IconButton } from "../../components/Button.tsx";
import { CommandLine } from "../../components/CommandLine.tsx";
import { Dialog } from "../../components/Dialog.tsx";
import { ErrorState } from "../../components/ErrorState.tsx";
import { BareSelect, TextField } from "../../components/Field.tsx";
import { Badge } from "../../components/Status.tsx";
import { useToasts } from "../../components/Toasts.tsx";
import { useText } from "../../i18n/text.tsx";
import { isModelName, type Model } from "../../modules/models/models.ts";
import { put, shifted, type Tiers, without } from "../../modules/models/tiers.ts";
import { commandFor } from "./addition.ts";
import styles from "./Models.module.css";

interface ChainsProps {
  readonly chains: readonly Model[];
  readonly onChange: (chain: Model) => void;
  readonly onRemove: (chain: Model) => void;
}

export function Chains({ chains, onChange, onRemove }: ChainsProps) {
  const text = useText();
  const may = useMay();
  if (chains.length === 0) return <p className={styles.soft}>{text.models.chains.none}</p>;
  return (
    <ul className={styles.chains}>
      {chains.map((chain) => (
        <li key={chain.name}>
          <strong>{chain.name}</strong>
          {chain.default && <Badge tone="accent">{text.models.default}</Badge>}
          <span className={styles.order}>
            <Order tiers={chain.tiers} />
          </span>
          {may("admin") && (
            <span className={styles.menu}>
              <Button size="small" onClick={() => onChange(chain)}>
                {text.models.change.open}
              </Button>
              <Button size="small" onClick={() => onRemove(chain)}>
                {text.models.remove.open}
              </Button>
            </span>
          )}
        </li>
      ))}
    </ul>
  );
}

/** a or b, then c. */
function Order({ tiers }: { tiers: Tiers }) {
  const text = useText();
  return tiers.map((names, tier) => (
    <Fragment key={names.join(" ")}>
      {tier > 0 && <span className={styles.soft}>, {text.models.chains.next} </span>}
      {names.map((name, at) => (
        <Fragment key={name}>
          {at > 0 && <span className={styles.soft}> {text.models.chains.equals} </span>}
          <code>{name}</code>
        </Fragment>
      ))}
    </Fragment>
  ));
}

interface ChainDialogProps {
  readonly present: readonly Model[];
  readonly chain?: Model;
  readonly onClose: () => void;
}

export function ChainDialog({ present, chain, onClose }: ChainDialogProps) {
  const text = useText();
  const toasts = useToasts();
  const formId = useId();
  const adding = useFollow("llm.model.add");
  const [name, setName] = useState(chain?.name ?? "");
  const [tiers, setTiers] = useState<Tiers>(chain?.tiers ?? []);
  const others = present.filter((model) => model.kind === "chat" && model.name !== name).map((model) => model.name);
  const free = others.filter((other) => !tiers.flat().includes(other));
  const input = { name: name.trim(), kind: "chat" as const, tiers: tiers.map((names) => [...names]) };
  const fits = isModelName(input.name) && tiers.length > 0;
  const submit = async (event: FormEvent) => {
    event.preventDefault();
    if (!fits || !(await adding.start(input))) return;
    toasts.show({ message: text.models.chains.saved(input.name) });
    onClose();
  };
  return (
    <Dialog
      title={chain ? text.models.change.title(chain.name) : text.models.chains.titleNew}
      onClose={onClose}
      footer={
        <>
          <Button onClick={onClose}>{text.common.cancel}</Button>
          <Button type="submit" form={formId} look="primary" busy={adding.running} disabled={!fits}>
            {text.models.chains.save}
          </Button>
        </>
      }
    >
      <form id={formId} className={styles.stack} onSubmit={(event) => void submit(event)}>
        {!chain && (
          <TextField
            label={text.models.name}
            hint={text.models.nameHint}
            value={name}
            onChange={(event) => setName(event.target.value)}
            problem={name !== "" && !isModelName(name.trim()) ? text.models.add.bad : null}
            autoComplete="off"
            autoCapitalize="none"
            spellCheck={false}
            autoFocus
          />
        )}
        <ol className={styles.tiers}>
          {tiers.map((names, tier) => (
            <li key={names.join(" ")}>
              <div className={styles.tierHead}>
                <h3>{text.models.chains.tier(tier + 1)}</h3>
                <span className={styles.soft}>{tier === 0 ? text.models.chains.first : text.models.chains.later}</span>
                <span className={styles.grow} />
                <IconButton
                  icon="up"
                  size="small"
                  label={text.models.chains.up(tier + 1)}
                  disabled={tier === 0}
                  onClick={() => setTiers(shifted(tiers, tier, -1))}
                />
                <IconButton
                  icon="down"
                  size="small"
                  label={text.models.chains.down(tier + 1)}
                  disabled={tier === tiers.length - 1}
                  onClick={() => setTiers(shifted(tiers, tier, 1))}
                />
              </div>
              <div className={styles.chips}>
                {names.map((one) => (
                  <span key={one} className={styles.chip}>
                    <code>{one}</code>
                    <IconButton
                      icon="close"
                      size="small"
                      label={text.models.chains.takeOut(one)}
                      onClick={() => setTiers(without(tiers, one))}
                    />
                  </span>
                ))}
                <Choose
                  label={text.models.chains.addTo(tier + 1)}
                  names={free}
                  onChoose={(model) => setTiers(put(tiers, model, tier))}
                />
              </div>
            </li>
          ))}
        </ol>
        {others.length === 0 && <p className={styles.soft}>{text.models.chains.needsModels}</p>}
        <Choose
          label={text.models.chains.addTier}
          names={free}
          onChoose={(model) => setTiers(put(tiers, model, tiers.length))}
        />
      </form>
      {adding.error && <ErrorState error={adding.error} inline />}
      <CommandLine command={commandFor(input)} />
    </Dialog>
  );
}

interface ChooseProps {
  readonly label: string;
  readonly names: readonly string[];
  readonly onChoose: (name: string) => void;
}

/** A choice that acts at once and is empty again. */
function Choose({ label, names, onChoose }: ChooseProps) {
  if (names.length === 0) return null;
  return (
    <BareSelect
      label={label}
      value=""
      onChange={(event) => onChoose(event.target.value)}
      choices={[{ value: "", label }, ...names.map((name) => ({ value: name, label: name }))]}
    />
  );
}
