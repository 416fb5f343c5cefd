/** What a collection is made of, and the way to be rid of it. */
import { useNavigate } from "@tanstack/react-router";
import { useState } from "react";
import { commandOf, requestOf } from "../../api/requests.ts";
import { useSession } from "../../api/session.ts";
import { Button } from "../../components/Button.tsx";
import { CommandLine } from "../../components/CommandLine.tsx";
import { Facts } from "../../components/Facts.tsx";
import { Icon } from "../../components/Icon.tsx";
import { Section } from "../../components/Page.tsx";
import { When } from "../../components/When.tsx";
import { useFormat, useText } from "../../i18n/text.tsx";
import { mayDelete, mayFill } from "../../modules/knowledge/collections.ts";
import { Whose } from "../../modules/knowledge/Whose.tsx";
import { useCollection } from "./collection.tsx";
import { DeleteCollection } from "./DeleteCollection.tsx";
import styles from "./Knowledge.module.css";
import { OtherModel } from "./OtherModel.tsx";

const NAMES = { jsonl: "JSONL", parquet: "Parquet" } as const;

export default function CollectionSettings() {
  const text = useText();
  const format = useFormat();
  const navigate = useNavigate();
  const person = useSession();
  const collection = useCollection();
  const [deleting, setDeleting] = useState(false);
  const { model, digest, dimension, metric, chunking } = collection;
  const words = text.collection.facts;
  const cut = text.newCollection.bys[chunking.by];
  return (
    <>
      <Section title={text.collection.aboutTitle}>
        <Facts
          facts={[
            { label: words.model, value: model ?? text.knowledge.brought },
            { label: words.access, value: <Whose collection={collection} /> },
            { label: words.vectors, value: words.vectorsOf(format.number(dimension)) },
            { label: words.metric, value: text.newCollection.metrics[metric] ?? metric },
            ...(model === null
              ? []
              : [
                  {
                    label: words.cut,
                    value: words.cutOf(cut, format.number(chunking.size), format.number(chunking.overlap)),
                  },
                  { label: words.digest, value: <code>{digest}</code> },
                ]),
            { label: words.made, value: <When time={collection.created_at} /> },
            { label: words.madeBy, value: <code>{collection.created_by}</code> },
          ]}
        />
        <CommandLine command={commandOf("knowledge.collection.show", { collection: collection.name })} />
      </Section>
      <Section title={text.collection.exportTitle} about={text.collection.exportAbout}>
        <div className={styles.bar}>
          {(["jsonl", "parquet"] as const).map((format) => (
            <a
              key={format}
              className={styles.download}
              href={requestOf("knowledge.export", { collection: collection.name, format }).url}
              download
            >
              <Icon name="download" />
              {text.collection.exportAs(NAMES[format])}
            </a>
          ))}
        </div>
        <CommandLine command={commandOf("knowledge.export", { collection: collection.name })} />
      </Section>
      {model !== null && mayFill(person, collection) && <OtherModel />}
      {mayDelete(person, collection) && (
        <Section title={text.collection.dangerTitle} about={text.collection.dangerAbout}>
          <Button look="danger" icon="trash" onClick={() => setDeleting(true)}>
            {text.knowledge.delete}
          </Button>
        </Section>
      )}
      {deleting && (
        <DeleteCollection
          collection={collection}
          onClose={() => setDeleting(false)}
          onGone={() => void navigate({ to: "/knowledge" })}
        />
      )}
    </>
  );
}
