/** Making the vectors of a collection with another model: in the background, and all changed at once when it is done. */
import { useState } from "react";
import { useFollow, useOperation } from "../../api/hooks.ts";
import { commandOf } from "../../api/requests.ts";
import { Button } from "../../components/Button.tsx";
import { CommandLine } from "../../components/CommandLine.tsx";
import { ErrorState } from "../../components/ErrorState.tsx";
import { SelectField } from "../../components/Field.tsx";
import { Section } from "../../components/Page.tsx";
import { Progress } from "../../components/Progress.tsx";
import { Status } from "../../components/Status.tsx";
import { useToasts } from "../../components/Toasts.tsx";
import { When } from "../../components/When.tsx";
import { Words } from "../../components/Words.tsx";
import { useText } from "../../i18n/text.tsx";
import type { Collection } from "../../modules/knowledge/collections.ts";
import { useCollection } from "./collection.tsx";
import styles from "./Knowledge.module.css";

const EVERY_MS = 2_000; // how far it is makes no event

type Underway = NonNullable<Collection["reembedding"]>;

export function OtherModel() {
  const text = useText();
  const { reembedding } = useCollection();
  return (
    <Section title={text.reembedding.title} about={text.reembedding.about}>
      {reembedding ? <Going underway={reembedding} /> : <Choosing />}
    </Section>
  );
}

function Choosing() {
  const text = useText();
  const toasts = useToasts();
  const { name: collection, model: present, access, project } = useCollection();
  const models = useOperation("llm.model.list", access === "project" && project !== null ? { ref: project } : {});
  const others = models.data?.filter(({ kind }) => kind === "embedding").map(({ name }) => name) ?? [];
  const beginning = useFollow("knowledge.collection.reembed");
  const [chosen, setChosen] = useState<string | null>(null);
  const model = chosen ?? others.find((name) => name !== present) ?? "";
  if (!models.data) return null;
  if (!others.some((name) => name !== present)) return <p className={styles.soft}>{text.reembedding.noOther}</p>;
  const begin = async () => {
    if (await beginning.start({ collection, model })) toasts.show({ message: text.reembedding.begun(model) });
  };
  return (
    <>
      <div className={styles.choose}>
        <SelectField
          label={text.newCollection.model}
          value={model}
          onChange={(event) => setChosen(event.target.value)}
          choices={others.map((name) => ({ value: name, label: name }))}
        />
        <Button busy={beginning.running} onClick={() => void begin()}>
          {text.reembedding.begin}
        </Button>
      </div>
      {beginning.error && <ErrorState error={beginning.error} inline />}
      <CommandLine command={commandOf("knowledge.collection.reembed", { collection, model })} />
    </>
  );
}

function Going({ underway }: { underway: Underway }) {
  const text = useText();
  const toasts = useToasts();
  const { name: collection } = useCollection();
  useOperation("knowledge.collection.show", { collection }, { refetchInterval: EVERY_MS });
  const going = useFollow("knowledge.collection.reembed");
  const cancelling = useFollow("knowledge.reembedding.cancel");
  const { model, state, done, total, error, hint, again_at: again } = underway;
  const cancel = async () => {
    if (await cancelling.start({ collection })) toasts.show({ message: text.reembedding.cancelled });
  };
  const trouble = cancelling.error ?? going.error;
  return (
    <>
      <Progress step={{ phase: "embedding", done, total }} label={text.reembedding.going(model)} />
      {state !== "working" && (
        <p>
          <Status tone={state === "paused" ? "wait" : "bad"}>{text.reembedding.states[state] ?? state}</Status>{" "}
          <Words>{[error, hint].filter(Boolean).join(" ")}</Words>{" "}
          {again !== null && (
            <>
              {text.queue.goesOn} <When time={again} />
            </>
          )}
        </p>
      )}
      <div className={styles.bar}>
        {state !== "working" && (
          <Button icon="play" busy={going.running} onClick={() => void going.start({ collection, model })}>
            {text.queue.resume}
          </Button>
        )}
        <Button icon="close" busy={cancelling.running} onClick={() => void cancel()}>
          {text.reembedding.cancel}
        </Button>
      </div>
      {trouble && <ErrorState error={trouble} inline />}
    </>
  );
}
