/** Text to be copied: a command, a link, a secret shown once. */
import { useEffect, useState } from "react";
import { useText } from "../i18n/text.tsx";
import { IconButton } from "./Button.tsx";
import styles from "./Copyable.module.css";

export function Copyable({ value, label, prompt = false }: { value: string; label: string; prompt?: boolean }) {
  return (
    <div className={styles.root}>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard */}
      <code className={styles.value} tabIndex={0}>
        {prompt && (
          <span className={styles.prompt} aria-hidden="true">
            ${" "}
          </span>
        )}
        {value}
      </code>
      <CopyButton value={value} label={label} />
    </div>
  );
}

export function CopyButton({ value, label }: { value: string; label: string }) {
  const text = useText();
  const [copied, setCopied] = useState(false);

  useEffect(() => {
    if (!copied) return;
    const timer = setTimeout(() => setCopied(false), 1500);
    return () => clearTimeout(timer);
  }, [copied]);

  return (
    <IconButton
      icon={copied ? "check" : "copy"}
      size="small"
      label={copied ? text.common.copied : text.common.copyName(label)}
      onClick={() => void copy(value).then(() => setCopied(true))}
    />
  );
}

/** Also where the clipboard is closed to pages, as over plain HTTP from another machine. */
async function copy(value: string): Promise<void> {
  if (navigator.clipboard) return await navigator.clipboard.writeText(value);
  const area = document.createElement("textarea");
  area.value = value;
  (document.querySelector("dialog[open]") ?? document.body).append(area);
  area.select();
  document.execCommand("copy");
  area.remove();
}
