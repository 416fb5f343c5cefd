/** The models that SQL can call: what they are, how they stand, and how another is added. */
import { useState } from "react";
import { useFollow, useOperation } from "../../api/hooks.ts";
import { commandOf } from "../../api/requests.ts";
import { useMay } from "../../api/session.ts";
import { Button } from "../../components/Button.tsx";
import { CommandLine } from "../../components/CommandLine.tsx";
import { Copyable } from "../../components/Copyable.tsx";
import { ErrorState } from "../../components/ErrorState.tsx";
import { Icon } from "../../components/Icon.tsx";
import { Menu } from "../../components/Menu.tsx";
import { Page, Section } from "../../components/Page.tsx";
import { Progress } from "../../components/Progress.tsx";
import { Skeleton } from "../../components/Skeleton.tsx";
import { Badge, Status } from "../../components/Status.tsx";
import { type Column, Table } from "../../components/Table.tsx";
import { useToasts } from "../../components/Toasts.tsx";
import { When } from "../../components/When.tsx";
import { useFormat, useText } from "../../i18n/text.tsx";
import { isChain, type Model, staysHere, toneOfModel } from "../../modules/models/models.ts";
import { AddModel } from "./AddModel.tsx";
import { Answering } from "./Answering.tsx";
import { ChainDialog, Chains } from "./Chains.tsx";
import styles from "./Models.module.css";
import { ModelsTabs } from "./ModelsTabs.tsx";
import { RemoveModel } from "./RemoveModel.tsx";

const EVERY_MS = 5_000; // a circuit that opens makes no event

type Asked = { what: "add" } | { what: "change" | "remove" | "chain"; model: Model } | { what: "new-chain" };

export default function Models() {
  const text = useText();
  const may = useMay();
  const [asked, setAsked] = useState<Asked | null>(null);
  const models = useOperation("llm.model.list", {}, { refetchInterval: EVERY_MS });
  const plain = models.data?.filter((model) => !isChain(model)) ?? [];
  const chains = models.data?.filter(isChain) ?? [];
  const close = () => setAsked(null);
  return (
    <Page
      title={text.models.title}
      about={text.models.about}
      actions={
        may("admin") && (
          <Button look="primary" icon="plus" data-creates onClick={() => setAsked({ what: "add" })}>
            {text.models.add.open}
          </Button>
        )
      }
    >
      <ModelsTabs />
      {models.error && !models.data ? (
        <ErrorState error={models.error} onRetry={() => void models.refetch()} />
      ) : !models.data ? (
        <Skeleton />
      ) : (
        <>
          <ModelTable models={plain} onAsk={setAsked} />
          <Beginnings models={plain} onAdd={() => setAsked({ what: "add" })} />
          <Section
            title={text.models.chains.title}
            about={text.models.chains.about}
            actions={
              may("admin") &&
              plain.some((model) => model.kind === "chat") && (
                <Button icon="plus" onClick={() => setAsked({ what: "new-chain" })}>
                  {text.models.chains.open}
                </Button>
              )
            }
          >
            <Chains
              chains={chains}
              onChange={(model) => setAsked({ what: "chain", model })}
              onRemove={(model) => setAsked({ what: "remove", model })}
            />
          </Section>
          <CommandLine command={commandOf("llm.model.list", {})} />
          {may("admin") && <Answering />}
        </>
      )}
      {asked?.what === "add" && <AddModel present={models.data ?? []} onClose={close} />}
      {asked?.what === "change" && <AddModel present={models.data ?? []} model={asked.model} onClose={close} />}
      {asked?.what === "remove" && <RemoveModel model={asked.model} onClose={close} />}
      {asked?.what === "new-chain" && <ChainDialog present={models.data ?? []} onClose={close} />}
      {asked?.what === "chain" && <ChainDialog present={models.data ?? []} chain={asked.model} onClose={close} />}
    </Page>
  );
}

function ModelTable({ models, onAsk }: { models: readonly Model[]; onAsk: (asked: Asked) => void }) {
  const text = useText();
  const may = useMay();
  const toasts = useToasts();
  const [tested, setTested] = useState<string | null>(null);
  const testing = useFollow("llm.model.test");
  const choosing = useFollow("llm.model.default");
  const test = async (name: string) => {
    const began = performance.now();
    setTested(name);
    const done = await testing.start({ name });
    if (done) toasts.show({ message: text.models.tested(name), tookMs: performance.now() - began });
  };
  const choose = async (name: string) => {
    if (await choosing.start({ name })) toasts.show({ message: text.models.nowDefault(name) });
  };
  const columns: readonly Column<Model>[] = [
    { key: "name", head: text.models.name, grow: true, cell: (model) => <Named model={model} /> },
    {
      key: "kind",
      head: text.models.kind,
      secondary: true,
      cell: (model) => text.models.kinds[model.kind] ?? model.kind,
    },
    { key: "state", head: text.models.state, cell: (model) => <State model={model} /> },
    { key: "price", head: text.models.price, secondary: true, cell: (model) => <Price model={model} /> },
    { key: "limits", head: text.models.limits, secondary: true, cell: (model) => <Limits model={model} /> },
    {
      key: "menu",
      head: <span className="visually-hidden">{text.common.actions}</span>,
      align: "end",
      cell: (model) =>
        may("admin") && (
          <Menu
            label={`${text.common.actions}: ${model.name}`}
            align="end"
            button={<Icon name="more" />}
            items={[
              { label: text.models.test, icon: "play", onChoose: () => void test(model.name) },
              {
                label: text.models.makeDefault,
                icon: "check",
                disabled: model.default,
                onChoose: () => void choose(model.name),
              },
              { label: text.models.change.open, icon: "settings", onChoose: () => onAsk({ what: "change", model }) },
              {
                label: text.models.remove.open,
                icon: "trash",
                danger: true,
                onChoose: () => onAsk({ what: "remove", model }),
              },
            ]}
          />
        ),
    },
  ];
  const error = testing.error ?? choosing.error;
  return (
    <>
      <Table label={text.models.title} columns={columns} rows={models} keyOf={(model) => model.name} />
      {testing.running && tested !== null && <Progress step={testing.step} label={text.models.testing(tested)} />}
      {error && <ErrorState error={error} inline />}
    </>
  );
}

function Named({ model }: { model: Model }) {
  const text = useText();
  return (
    <span className={styles.named}>
      <span className={styles.name}>
        {model.name} {model.default && <Badge tone="accent">{text.models.default}</Badge>}
        {!model.shared && <Badge>{text.models.ofProject}</Badge>}
      </span>
      <span className={styles.soft}>
        {model.provider} · <code>{model.model}</code>
      </span>
    </span>
  );
}

function State({ model }: { model: Model }) {
  const text = useText();
  return (
    <span className={styles.named}>
      <Status tone={toneOfModel(model.state)}>{text.models.states[model.state] ?? model.state}</Status>
      {model.until && (
        <span className={styles.soft}>
          <When time={model.until} />
        </span>
      )}
    </span>
  );
}

function Price({ model }: { model: Model }) {
  const text = useText();
  const format = useFormat();
  const { input_price: input, output_price: output } = model.options;
  if (staysHere(model) && !input && !output) return <span title={text.models.staysAbout}>{text.models.free}</span>;
  if ((input ?? output ?? null) === null) return <span className={styles.soft}>{text.models.notTold}</span>;
  return text.models.priceOf(format.money(input ?? 0), format.money(output ?? 0));
}

function Limits({ model }: { model: Model }) {
  const text = useText();
  const format = useFormat();
  const { concurrency, requests_per_minute: calls, tokens_per_minute: tokens } = model.options;
  const said = [
    concurrency && text.models.atOnce(format.number(concurrency)),
    calls && text.models.perMinute(format.number(calls)),
    tokens && text.models.tokensPerMinute(format.number(tokens)),
  ].filter(Boolean);
  return said.length > 0 ? said.join(", ") : <span className={styles.soft}>{text.models.unlimited}</span>;
}

/** What works already, and what there is to do while there is nothing to chat with. */
function Beginnings({ models, onAdd }: { models: readonly Model[]; onAdd: () => void }) {
  const text = useText();
  const may = useMay();
  if (models.some((model) => model.kind === "chat")) return null;
  return (
    <div className={styles.beginnings}>
      <section className={styles.card}>
        <h2>{text.models.local.title}</h2>
        <p className={styles.soft}>{text.models.local.about}</p>
        <Copyable value={text.models.local.example} label="SQL" />
      </section>
      <section className={styles.card}>
        <h2>{text.models.noChat.title}</h2>
        <p className={styles.soft}>{text.models.noChat.about}</p>
        <Copyable value={text.models.noChat.example} label="SQL" />
        {may("admin") ? (
          <Button icon="plus" onClick={onAdd}>
            {text.models.add.open}
          </Button>
        ) : (
          <p className={styles.soft}>{text.models.noChat.ask}</p>
        )}
      </section>
    </div>
  );
}
