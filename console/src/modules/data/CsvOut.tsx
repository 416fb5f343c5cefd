/** The rows of a table as a CSV file: those the filters let through, in the order shown. */
import type { InputOf } from "../../api/operations.ts";
import { requestOf } from "../../api/requests.ts";
import { Icon } from "../../components/Icon.tsx";
import { useText } from "../../i18n/text.tsx";
import styles from "./CsvOut.module.css";

export function CsvOut({ question }: { question: InputOf<"table.rows"> }) {
  const text = useText();
  const { url } = requestOf("table.export", question);
  return (
    <a className={styles.link} href={url} download={`${question.table}.csv`}>
      <Icon name="download" />
      {text.data.csvOut}
    </a>
  );
}
