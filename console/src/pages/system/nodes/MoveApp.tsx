/** Which app is to run where; it answers there before it ends where it is, and the toast moves it back. */
import { type FormEvent, useId, useState } from "react";
import { commandOf } from "../../../api/requests.ts";
import { useMay } from "../../../api/session.ts";
import { Button } from "../../../components/Button.tsx";
import { CommandLine } from "../../../components/CommandLine.tsx";
import { Dialog } from "../../../components/Dialog.tsx";
import { ErrorState } from "../../../components/ErrorState.tsx";
import { SelectField } from "../../../components/Field.tsx";
import { Progress } from "../../../components/Progress.tsx";
import { useText } from "../../../i18n/text.tsx";
import { HERE, type Node, takersOf } from "../../../modules/nodes/nodes.ts";
import { useMoving } from "../../../modules/nodes/useMoving.ts";
import type { App } from "../../../modules/publish/apps.ts";

interface Props {
  readonly app?: string | undefined;
  readonly to?: string | undefined;
  readonly apps: readonly App[];
  readonly nodes: readonly Node[];
  readonly onClose: () => void;
}

export function MoveApp({ app: given, to: wanted, apps, nodes, onClose }: Props) {
  const text = useText();
  const may = useMay();
  const formId = useId();
  const { moving, move } = useMoving();
  const movable = apps.filter((one) => one.release !== null && one.node !== wanted && may("admin", one.project));
  const [chosen, setChosen] = useState(given ?? movable[0]?.name ?? "");
  const from = apps.find(({ name }) => name === chosen)?.node ?? null;
  const takers = takersOf(nodes, from);
  const [to, setTo] = useState(wanted ?? takers[0]?.name ?? "");
  const fits = chosen !== "" && takers.some(({ name }) => name === to);
  const submit = async (event: FormEvent) => {
    event.preventDefault();
    if (fits && !moving.running && (await move(chosen, from, to))) onClose();
  };
  const nothing = movable.length === 0 ? text.nodes.nothingToMove : takers.length === 0 ? text.nodes.nowhere : null;
  return (
    <Dialog
      title={given === undefined ? text.nodes.moveTo(to) : text.nodes.moveTitle(given)}
      onClose={onClose}
      footer={
        <>
          <Button onClick={onClose}>{text.common.cancel}</Button>
          <Button type="submit" form={formId} look="primary" busy={moving.running} disabled={!fits}>
            {text.nodes.moveDo}
          </Button>
        </>
      }
    >
      <p>{nothing ?? text.nodes.moveAbout}</p>
      {nothing === null && (
        <form id={formId} onSubmit={(event) => void submit(event)}>
          {given === undefined ? (
            <SelectField
              label={text.apps.app}
              value={chosen}
              choices={movable.map(({ name, node }) => ({ value: name, label: node ? `${name} (${node})` : name }))}
              onChange={(event) => setChosen(event.target.value)}
            />
          ) : (
            <SelectField
              label={text.nodes.to}
              value={to}
              choices={takers.map(({ name }) => ({
                value: name,
                label: name === HERE ? `${name} (${text.nodes.here})` : name,
              }))}
              onChange={(event) => setTo(event.target.value)}
            />
          )}
        </form>
      )}
      {moving.running && <Progress step={moving.step} />}
      {moving.error && <ErrorState error={moving.error} inline />}
      {fits && <CommandLine command={commandOf("app.move", { app: chosen, to })} />}
    </Dialog>
  );
}
