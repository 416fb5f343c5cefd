/** What happened, as marks in charts: each with a shape and in words. */
export interface Mark {
  readonly kind: "release" | "rewind" | "alert";
  readonly time: number;
  readonly words: string;
}
