/** Says that nobody hears of alerts, while there is no channel. */
import { Link } from "@tanstack/react-router";
import { useOperation } from "../../../api/hooks.ts";
import { Icon } from "../../../components/Icon.tsx";
import { useText } from "../../../i18n/text.tsx";
import styles from "./Alerts.module.css";

export function Unheard() {
  const text = useText();
  const channels = useOperation("alert.channel.list", {});
  if (channels.data?.length !== 0) return null;
  return (
    <section className={styles.note} aria-label={text.alerts.unheard.title}>
      <Icon name="bell" />
      <p>
        <strong>{text.alerts.unheard.title}</strong> {text.alerts.unheard.about}
      </p>
      <Link to="/monitoring/alerts/channels">{text.alerts.unheard.add}</Link>
    </section>
  );
}
