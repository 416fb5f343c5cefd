/** Short messages in a corner: what was done, how long it took, and the way back. They leave by themselves. */
import { createContext, type ReactNode, useCallback, useContext, useEffect, useMemo, useRef, useState } from "react";
import { ApiError } from "../api/errors.ts";
import { useFormat, useText } from "../i18n/text.tsx";
import { Button, IconButton } from "./Button.tsx";
import { classes } from "./classes.ts";
import { Icon } from "./Icon.tsx";
import styles from "./Toasts.module.css";
import { Words } from "./Words.tsx";

export interface Toast {
  message: ReactNode;
  tookMs?: number | null;
  undo?: () => void;
  /** Called when it leaves, by whatever way, after `undo` where that was chosen. */
  onGone?: () => void;
  error?: ApiError;
}

interface Shown extends Toast {
  id: number;
}

interface Toaster {
  readonly show: (toast: Toast) => void;
  readonly fail: (error: unknown) => void;
}

const ToasterContext = createContext<Toaster | null>(null);
const STAYS_MS = 8_000;
const AT_MOST = 4;

export function ToastProvider({ children }: { children: ReactNode }) {
  const text = useText();
  const [shown, setShown] = useState<readonly Shown[]>([]);
  const nextId = useRef(1);

  const open = useRef<Shown[]>([]);

  const dismiss = useCallback((id: number) => setShown((now) => now.filter((toast) => toast.id !== id)), []);
  const toaster = useMemo<Toaster>(() => {
    const show = (toast: Toast) => {
      const id = nextId.current++;
      const next = { ...toast, id };
      open.current.push(next);
      setShown((now) => [...now, next].slice(-AT_MOST));
    };
    const fail = (error: unknown) => {
      if (error instanceof ApiError) show({ message: error.message, error });
      else show({ message: String(error), error: new ApiError("unexpected", String(error), "", 0, null) });
    };
    return { show, fail };
  }, []);

  useEffect(() => {
    const left = open.current.filter((toast) => !shown.includes(toast));
    open.current = [...shown];
    for (const toast of left) toast.onGone?.();
  }, [shown]);

  useEffect(() => {
    const leave = () => {
      for (const toast of open.current.splice(0)) toast.onGone?.();
      setShown([]);
    };
    window.addEventListener("pagehide", leave);
    return () => window.removeEventListener("pagehide", leave);
  }, []);

  return (
    <ToasterContext value={toaster}>
      {children}
      <section className={styles.corner} aria-label={text.common.done} aria-live="polite">
        {shown.map((toast) => (
          <ToastCard key={toast.id} toast={toast} onDismiss={dismiss} />
        ))}
      </section>
    </ToasterContext>
  );
}

export function useToasts(): Toaster {
  const toaster = useContext(ToasterContext);
  if (!toaster) throw new Error("useToasts outside of ToastProvider");
  return toaster;
}

function ToastCard({ toast, onDismiss }: { toast: Shown; onDismiss: (id: number) => void }) {
  const text = useText();
  const format = useFormat();
  const [held, setHeld] = useState(false);

  useEffect(() => {
    if (held || toast.error) return; // an error stays until it is read
    const timer = setTimeout(() => onDismiss(toast.id), STAYS_MS);
    return () => clearTimeout(timer);
  }, [held, toast, onDismiss]);

  return (
    <div
      className={classes(styles.toast, toast.error && styles.error)}
      onPointerEnter={() => setHeld(true)}
      onPointerLeave={() => setHeld(false)}
    >
      <Icon name={toast.error ? "warning" : "check"} />
      <div className={styles.words}>
        <p>{toast.message}</p>
        {toast.error?.hint && (
          <p className={styles.soft}>
            <Words>{toast.error.hint}</Words>
          </p>
        )}
        {toast.error?.requestId && (
          <p className={styles.soft}>
            {text.error.request} <code>{toast.error.requestId}</code>
          </p>
        )}
        {typeof toast.tookMs === "number" && (
          <p className={styles.soft}>{text.common.tookTime(format.duration(toast.tookMs))}</p>
        )}
      </div>
      {toast.undo && (
        <Button
          size="small"
          icon="undo"
          onClick={() => {
            onDismiss(toast.id);
            toast.undo?.();
          }}
        >
          {text.common.undo}
        </Button>
      )}
      <IconButton icon="close" size="small" label={text.common.dismiss} onClick={() => onDismiss(toast.id)} />
    </div>
  );
}
