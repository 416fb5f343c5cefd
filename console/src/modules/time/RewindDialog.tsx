/** Rewind to a moment: both sides or one, after saying what it changes; undone from the toast that follows. */
import { useState } from "react";
import { commandOf } from "../../api/requests.ts";
import { Button } from "../../components/Button.tsx";
import { CommandLine } from "../../components/CommandLine.tsx";
import { Dialog } from "../../components/Dialog.tsx";
import { ErrorState } from "../../components/ErrorState.tsx";
import { RadioCards } from "../../components/Field.tsx";
import { Progress } from "../../components/Progress.tsx";
import { useFormat, useText } from "../../i18n/text.tsx";
import { useWhere } from "../branch/where.tsx";
import { useTravel } from "./travel.tsx";
import { useMoment } from "./useMoment.ts";
import { WhatChanges } from "./WhatChanges.tsx";

type Side = "both" | "db" | "files";

interface Props {
  readonly time: string;
  readonly onClose: () => void;
}

export function RewindDialog({ time, onClose }: Props) {
  const text = useText();
  const format = useFormat();
  const where = useWhere();
  const moment = useMoment(time);
  const { rewinding, rewind } = useTravel();
  const [side, setSide] = useState<Side>("both");
  const input = { ref: where.ref, moment, ...(side === "both" ? {} : { only: side }) };

  const confirm = async () => {
    const done = await rewind(input);
    if (!done) return;
    onClose();
    where.goTo({ at: null });
  };
  return (
    <Dialog
      title={text.time.rewindTitle(format.dateTime(time))}
      onClose={onClose}
      width="wide"
      footer={
        <>
          <Button onClick={onClose}>{text.common.cancel}</Button>
          <Button look="primary" icon="rewind" busy={rewinding.running} onClick={() => void confirm()}>
            {text.time.rewind}
          </Button>
        </>
      }
    >
      <RadioCards
        label={text.time.whichSide}
        value={side}
        onChange={(value) => setSide(value as Side)}
        choices={(["both", "db", "files"] as const).map((value) => ({
          value,
          label: text.time.sides[value],
          about: text.time.sidesAbout[value],
        }))}
      />
      <WhatChanges time={time} side={side} />
      {rewinding.running && <Progress step={rewinding.step} label={text.time.rewinding} />}
      {rewinding.error && <ErrorState error={rewinding.error} inline />}
      <CommandLine command={commandOf("rewind", input)} />
    </Dialog>
  );
}
