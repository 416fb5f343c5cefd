/** The time that all charts show: how far back, earlier and later, longer and shorter, compared, and as a link. */
import { Link } from "@tanstack/react-router";
import { Button, IconButton } from "../../components/Button.tsx";
import { Icon } from "../../components/Icon.tsx";
import { useToasts } from "../../components/Toasts.tsx";
import { useFormat, useText } from "../../i18n/text.tsx";
import { AGES, between, closer, isLive, moved, type Range, spanOf, wider } from "../../modules/monitoring/range.ts";
import styles from "./Dashboards.module.css";

interface Props {
  readonly range: Range;
  readonly compare: boolean;
  /** Whose logs those of this time are; null: all. */
  readonly logsOf: string | null;
  readonly onRange: (range: Range) => void;
  readonly onCompare: (on: boolean) => void;
}

export function TimeBar({ range, compare, logsOf, onRange, onCompare }: Props) {
  const text = useText();
  const format = useFormat();
  const toasts = useToasts();
  const live = isLive(range);
  const share = async () => {
    const { from, to } = spanOf(range, Date.now());
    const { since, until } = between(from, to, Date.now());
    const link = new URL(location.href);
    link.searchParams.set("since", since);
    link.searchParams.set("until", until ?? "");
    await navigator.clipboard.writeText(link.href);
    toasts.show({ message: text.monitoring.shared });
  };
  const { from, to } = spanOf(range, Date.now());
  return (
    <div className={styles.time}>
      {!live && <span className={styles.soft}>{format.range(new Date(from), new Date(to))}</span>}
      <fieldset className={styles.ages} aria-label={text.monitoring.range}>
        {AGES.map((age) => (
          <button
            key={age}
            type="button"
            aria-pressed={live && range.since === age}
            onClick={() => onRange({ since: age })}
          >
            {text.monitoring.ages[age]}
          </button>
        ))}
      </fieldset>
      <span className={styles.moves}>
        <IconButton icon="left" label={text.monitoring.earlier} onClick={() => onRange(moved(range, -1, Date.now()))} />
        <IconButton
          icon="right"
          label={text.monitoring.later}
          disabled={live}
          onClick={() => onRange(moved(range, 1, Date.now()))}
        />
        <IconButton icon="minus" label={text.monitoring.wider} onClick={() => onRange(wider(range, Date.now()))} />
        <IconButton icon="plus" label={text.monitoring.closer} onClick={() => onRange(closer(range, Date.now()))} />
      </span>
      <Button aria-pressed={compare} icon="diff" onClick={() => onCompare(!compare)}>
        {text.monitoring.compare}
      </Button>
      <span className={styles.together}>
        <Link
          to="/monitoring/logs"
          search={{
            since: range.since,
            ...(range.until ? { until: range.until } : {}),
            ...(logsOf ? { of: logsOf } : {}),
          }}
          className={styles.logs}
        >
          <Icon name="file" />
          {text.monitoring.logsOfThis}
        </Link>
        <IconButton icon="copy" label={text.monitoring.share} onClick={() => void share()} />
      </span>
    </div>
  );
}
