/** The playground: one prompt, one model or several side by side, answers as they come. */
import { Link, useNavigate, useSearch } from "@tanstack/react-router";
import { type FormEvent, type KeyboardEvent, useState } from "react";
import { useOperation } from "../../api/hooks.ts";
import { commandOf } from "../../api/requests.ts";
import { Button } from "../../components/Button.tsx";
import { CommandLine } from "../../components/CommandLine.tsx";
import { Copyable } from "../../components/Copyable.tsx";
import { EmptyState } from "../../components/EmptyState.tsx";
import { ErrorState } from "../../components/ErrorState.tsx";
import { CheckField, SelectField, TextArea, TextField } from "../../components/Field.tsx";
import { Page } from "../../components/Page.tsx";
import { Skeleton } from "../../components/Skeleton.tsx";
import { useText } from "../../i18n/text.tsx";
import { MOD } from "../../modules/keyboard.ts";
import { AnswerCard } from "../../modules/models/AnswerCard.tsx";
import { chatStatement } from "../../modules/models/statement.ts";
import { useAnswers } from "../../modules/models/useAnswers.ts";
import { ModelsTabs } from "./ModelsTabs.tsx";
import styles from "./Playground.module.css";

export default function Playground() {
  const text = useText();
  const { ref } = useSearch({ from: "/signed-in/models/playground" });
  const models = useOperation("llm.model.list", ref === undefined ? {} : { ref });
  const chat = models.data?.filter((model) => model.kind === "chat") ?? [];
  return (
    <Page title={text.models.title} about={text.playground.about} wide>
      <ModelsTabs />
      {models.error && !models.data ? (
        <ErrorState error={models.error} onRetry={() => void models.refetch()} />
      ) : !models.data ? (
        <Skeleton />
      ) : chat.length === 0 ? (
        <EmptyState
          icon="models"
          title={text.playground.noModels}
          action={<Link to="/models">{text.playground.toModels}</Link>}
        >
          <p>{text.playground.noModelsAbout}</p>
          <Copyable value={text.models.local.example} label="SQL" />
        </EmptyState>
      ) : (
        <Bench
          names={chat.map((model) => model.name)}
          byDefault={chat.find((model) => model.default)?.name ?? chat[0]?.name ?? ""}
        />
      )}
    </Page>
  );
}

function Bench({ names, byDefault }: { names: readonly string[]; byDefault: string }) {
  const text = useText();
  const navigate = useNavigate();
  const { ref, models } = useSearch({ from: "/signed-in/models/playground" });
  const projects = useOperation("project.list", {});
  const asking = useAnswers();
  const [prompt, setPrompt] = useState("");
  const [system, setSystem] = useState("");
  const [temperature, setTemperature] = useState("");
  const [most, setMost] = useState("");
  const [cache, setCache] = useState(false);
  const chosen = models?.filter((name) => names.includes(name)) ?? [];
  const asked = chosen.length > 0 ? chosen : [byDefault];
  const input = {
    prompt,
    ...(ref === undefined ? {} : { ref }),
    ...(system.trim() === "" ? {} : { system }),
    ...(temperature === "" ? {} : { temperature: Number(temperature) }),
    ...(most === "" ? {} : { max_tokens: Number(most) }),
    ...(cache ? {} : { cache: false }),
  };
  const turn = (search: { ref?: string; models?: string[] }) =>
    void navigate({ to: "/models/playground", search, replace: true });
  const choose = (name: string, on: boolean) => {
    const next = names.filter((each) => (each === name ? on : asked.includes(each)));
    turn({ ...(ref === undefined ? {} : { ref }), models: next });
  };
  const submit = (event: FormEvent | KeyboardEvent) => {
    event.preventDefault();
    if (prompt.trim() !== "") asking.ask(asked, input);
  };
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) submit(event);
    if (event.key === "Escape" && asking.running) asking.cancel();
  };
  const options = { temperature: input.temperature, max_tokens: input.max_tokens };
  const [first = byDefault] = asked;
  return (
    <div className={styles.bench}>
      <form className={styles.form} onSubmit={submit} onKeyDown={onKeyDown} aria-label={text.models.tabs.playground}>
        <TextArea
          label={text.playground.prompt}
          placeholder={text.playground.promptPlaceholder}
          rows={6}
          value={prompt}
          onChange={(event) => setPrompt(event.target.value)}
          autoFocus
        />
        <div className={styles.buttons}>
          <Button type="submit" look="primary" icon="play" disabled={prompt.trim() === "" || asking.running}>
            {text.playground.ask}
          </Button>
          {asking.running ? (
            <Button icon="stop" onClick={asking.cancel}>
              {text.playground.cancel}
            </Button>
          ) : (
            <kbd className={styles.key}>{MOD} ↵</kbd>
          )}
        </div>
        <fieldset className={styles.models}>
          <legend>{text.playground.models}</legend>
          <p className={styles.soft}>{text.playground.modelsHint}</p>
          {names.map((name) => (
            <CheckField
              key={name}
              label={name}
              checked={asked.includes(name)}
              onChange={(event) => choose(name, event.target.checked)}
            />
          ))}
        </fieldset>
        <TextArea
          label={text.playground.system}
          hint={text.playground.systemHint}
          optional
          rows={2}
          value={system}
          onChange={(event) => setSystem(event.target.value)}
        />
        <div className={styles.pair}>
          <TextField
            label={text.playground.temperature}
            type="number"
            min={0}
            max={2}
            step={0.1}
            value={temperature}
            onChange={(event) => setTemperature(event.target.value)}
          />
          <TextField
            label={text.playground.maxTokens}
            type="number"
            min={1}
            value={most}
            onChange={(event) => setMost(event.target.value)}
          />
        </div>
        <CheckField
          label={text.playground.cached}
          checked={cache}
          onChange={(event) => setCache(event.target.checked)}
        />
        <SelectField
          label={text.playground.where}
          hint={text.playground.whereHint}
          value={ref ?? ""}
          onChange={(event) => turn(event.target.value === "" ? {} : { ref: event.target.value })}
          choices={[
            { value: "", label: text.playground.home },
            ...(projects.data ?? []).map((project) => ({ value: project.ref, label: project.ref })),
            ...(ref !== undefined && !projects.data?.some((project) => project.ref === ref)
              ? [{ value: ref, label: ref }]
              : []),
          ]}
        />
      </form>
      <div className={styles.answers}>
        {asking.answers.size === 0 ? (
          <EmptyState icon="models" title={text.playground.empty}>
            <p>{text.playground.emptyAbout}</p>
          </EmptyState>
        ) : (
          <div className={styles.side}>
            {[...asking.answers].map(([model, answer]) => (
              <AnswerCard key={model} model={model} answer={answer} />
            ))}
          </div>
        )}
        {prompt.trim() !== "" && (
          <div className={styles.same}>
            <h3 className={styles.soft}>{text.playground.asSql}</h3>
            <Copyable
              value={chatStatement({ prompt, model: first, system: input.system, options })}
              label={text.playground.asSql}
            />
            <CommandLine command={commandOf("llm.chat", { ...input, model: first })} />
          </div>
        )}
      </div>
    </div>
  );
}
