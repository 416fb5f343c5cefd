/** Searching one collection. */
import { Link, useNavigate, useSearch } from "@tanstack/react-router";
import { Button } from "../../components/Button.tsx";
import { EmptyState } from "../../components/EmptyState.tsx";
import { useText } from "../../i18n/text.tsx";
import { type Asked, readSearch } from "../../modules/knowledge/asked.ts";
import { Finding } from "../../modules/knowledge/Finding.tsx";
import { useCollection, useMayFill } from "./collection.tsx";
import styles from "./Knowledge.module.css";

export default function CollectionSearch() {
  const text = useText();
  const navigate = useNavigate();
  const collection = useCollection();
  const mayFill = useMayFill();
  const asked = useSearch({ from: "/signed-in/knowledge/collections/$collection/" });
  const ask = (next: Asked) =>
    void navigate({
      to: "/knowledge/collections/$collection",
      params: { collection: collection.name },
      search: readSearch({ ...next }),
      resetScroll: false,
    });
  if (collection.passages === 0 && asked.q === undefined) {
    return (
      <EmptyState
        icon="knowledge"
        title={text.finding.emptyTitle}
        action={
          mayFill && (
            <Link to="/knowledge/collections/$collection/documents" params={{ collection: collection.name }}>
              {text.finding.toDocuments}
            </Link>
          )
        }
      >
        <p>{text.finding.emptyAbout}</p>
      </EmptyState>
    );
  }
  return (
    <Finding
      asked={asked}
      onAsk={ask}
      collections={[collection]}
      beginning={
        <EmptyState icon="search" title={text.finding.beginTitle}>
          <p>{text.finding.beginAbout}</p>
          <div className={styles.examples}>
            <Button onClick={() => ask({ ...asked, q: text.finding.example })}>{text.finding.example}</Button>
          </div>
        </EmptyState>
      }
    />
  );
}
