/** Leads to a passage in its document, where the words that were sought are marked. */
import { Link } from "@tanstack/react-router";
import type { ReactNode } from "react";
import type { OutputOf } from "../../api/operations.ts";

export type Passage = OutputOf<"search.knowledge">["records"][number];

interface Props {
  readonly passage: Pick<Passage, "collection" | "document" | "position" | "citation">;
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
