/** Leads to a passage in its document, where the words that were sought are marked. */
import { Link } from "@tanstack/react-router";
import type { ReactNode } from "react";
import type { OutputOf } from "../../api/operations.ts";
import { useFormat, useText } from "../../i18n/text.tsx";

export type Passage = OutputOf<"search.knowledge">["records"][number];

interface Props {
  readonly passage: Pick<Passage, "collection" | "document" | "position">;
  readonly query: string;
  readonly className?: string | undefined;
  readonly label?: string;
  readonly children: ReactNode;
}

export function PassageLink({ passage, query, className, label, children }: Props) {
  return (
    <Link
      to="/knowledge/collections/$collection/read"
      params={{ collection: passage.collection }}
      search={{ document: passage.document, passage: passage.position, q: query }}
      className={className}
      {...(label === undefined ? {} : { "aria-label": label, title: label })}
    >
      {children}
    </Link>
  );
}

/** How a passage is cited, in the language in use. */
export function useCite(): (passage: Pick<Passage, "document" | "page" | "position">) => string {
  const text = useText();
  const format = useFormat();
  return ({ document, page, position }) =>
    text.reader.cite(document, page === null ? null : format.number(page), format.number(position));
}
