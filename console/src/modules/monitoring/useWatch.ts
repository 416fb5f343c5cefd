/** A page of monitoring that follows what is new, and how often it asks while it cannot. */
import { useQueryClient } from "@tanstack/react-query";
import { useEffect, useSyncExternalStore } from "react";
import type { InputOf } from "../../api/operations.ts";
import { type Following, watch } from "./watch.ts";

const EVERY_MS = 10_000;
/** What is added to charts one by one is a little less exact than what the daemon draws of all. */
const ANEW_MS = 300_000;

/** Follows while mounted; null: there is nothing that comes. */
export function useWatch(question: InputOf<"monitoring.watch"> | null): void {
  const queries = useQueryClient();
  const key = question && JSON.stringify(question);
  useEffect(() => (key === null ? undefined : watch.start(queries, JSON.parse(key))), [queries, key]);
}

export function useFollowing(): Following {
  return useSyncExternalStore(watch.subscribe, () => watch.following);
}

/** How often what is followed is asked for all the same: while it cannot be followed as often as it is measured. */
export function useEvery(): number {
  return useFollowing() === "live" ? ANEW_MS : EVERY_MS;
}
