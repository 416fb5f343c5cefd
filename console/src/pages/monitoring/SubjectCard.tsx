/** What there is only one of: its light, its few numbers, and how each went in the last hour. */
import { Link } from "@tanstack/react-router";
import { Status } from "../../components/Status.tsx";
import { useFormat, useText } from "../../i18n/text.tsx";
import { nameOf, type SubjectHealth, TONES } from "../../modules/monitoring/health.ts";
import { measuresOf, SPARKS } from "../../modules/monitoring/panels.ts";
import { FIRST, spanOf } from "../../modules/monitoring/range.ts";
import { Sparkline } from "../../modules/monitoring/Sparkline.tsx";
import { shownValue } from "../../modules/monitoring/units.ts";
import { useNow } from "../../modules/monitoring/useNow.ts";
import { EVERY_MS, pointsOf, useSeries } from "../../modules/monitoring/useSeries.ts";
import styles from "./Overview.module.css";

const POINTS = 60;

export function SubjectCard({ subject }: { subject: SubjectHealth }) {
  const text = useText();
  const format = useFormat();
  const span = spanOf(FIRST, useNow(EVERY_MS));
  const sparks = SPARKS[subject.kind] ?? {};
  const { found } = useSeries(subject.kind, [""], measuresOf(Object.values(sparks)), FIRST, POINTS);
  const name = nameOf(subject, text);
  return (
    <section className={styles.card} aria-label={name}>
      <header>
        <h2>
          <Link to="/monitoring/dashboards" search={{ kind: subject.kind }} title={text.monitoring.chartsOf(name)}>
            {name}
          </Link>
        </h2>
        <Status tone={TONES[subject.light]}>{text.monitoring.lights[subject.light]}</Status>
      </header>
      <dl>
        {subject.figures.map(({ name: figure, value, unit }) => {
          const spark = sparks[figure];
          const points = spark && pointsOf(found, "", spark);
          return (
            <div key={figure}>
              <dt>{text.monitoring.figures[figure] ?? figure}</dt>
              <dd>{shownValue(value, unit, format)}</dd>
              {points && <Sparkline points={points} span={span} top={unit === "percent" ? 100 : undefined} />}
            </div>
          );
        })}
      </dl>
    </section>
  );
}
