/** Rewind, undo and reset for the whole project page: they go on, and show how far they are, whatever one looks at. */
import { createContext, type ReactNode, useContext, useMemo } from "react";
import type { Step } from "../../api/client.ts";
import type { ApiError } from "../../api/errors.ts";
import { useFollow } from "../../api/hooks.ts";
import type { InputOf, OutputOf } from "../../api/operations.ts";
import { useToasts } from "../../components/Toasts.tsx";
import { useFormat, useText } from "../../i18n/text.tsx";

type Travelled = OutputOf<"rewind">;

export interface Journey {
  readonly running: boolean;
  readonly step: Step | null;
  readonly error: ApiError | null;
}

interface Travel {
  readonly rewinding: Journey;
  readonly undoing: Journey;
  readonly reset: Journey;
  /** Whichever is under way. */
  readonly underWay: "rewind" | "undo" | "reset" | null;
  readonly rewind: (input: InputOf<"rewind">) => Promise<Travelled | null>;
  readonly undo: (ref: string) => Promise<Travelled | null>;
  readonly resetBranch: (ref: string) => Promise<Travelled | null>;
}

const TravelContext = createContext<Travel | null>(null);

export function TravelProvider({ children }: { children: ReactNode }) {
  const text = useText();
  const format = useFormat();
  const toasts = useToasts();
  const rewinding = useFollow("rewind");
  const undoing = useFollow("undo");
  const resetting = useFollow("branch.reset");
  const { start: startRewind } = rewinding;
  const { start: startUndo } = undoing;
  const { start: startReset } = resetting;

  const verbs = useMemo(() => {
    const undo = async (ref: string) => {
      const done = await startUndo({ ref });
      if (done) {
        toasts.show({ message: text.time.undone(ref), tookMs: done.seconds * 1000, undo: () => void undo(ref) });
      }
      return done;
    };
    const told = (done: Travelled | null, ref: string, message: string) => {
      if (done) toasts.show({ message, tookMs: done.seconds * 1000, undo: () => void undo(ref) });
      return done;
    };
    return {
      undo,
      rewind: async (input: InputOf<"rewind">) => {
        const done = await startRewind(input);
        return told(done, input.ref, done ? text.time.rewound(input.ref, format.dateTime(done.asked)) : "");
      },
      resetBranch: async (ref: string) => told(await startReset({ ref }), ref, text.branch.wasReset(ref)),
    };
  }, [startRewind, startUndo, startReset, toasts, text, format]);

  const underWay = rewinding.running ? "rewind" : undoing.running ? "undo" : resetting.running ? "reset" : null;
  return <TravelContext value={{ ...verbs, rewinding, undoing, reset: resetting, underWay }}>{children}</TravelContext>;
}

export function useTravel(): Travel {
  const travel = useContext(TravelContext);
  if (!travel) throw new Error("useTravel outside of TravelProvider");
  return travel;
}
