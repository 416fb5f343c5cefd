/** How much happened when, as bars of the strip. */
import { placeOf, type Span } from "./scale.ts";

/** What happened from `from` until `to` (ms): committed transactions, and changes of files. */
export interface Bucket {
  readonly from: number;
  readonly to: number;
  readonly transactions: number;
  readonly files: number;
}

/** Places and heights from 0 to 1. */
export interface Bar {
  readonly left: number;
  readonly width: number;
  readonly transactions: number;
  readonly files: number;
}

/** The bars within the span. Heights grow with the square root: one change is still seen beside ten thousand. */
export function bars(buckets: readonly Bucket[], span: Span): Bar[] {
  const seen = buckets.filter((bucket) => bucket.to > span.from && bucket.from < span.to);
  const most = Math.max(1, ...seen.map((bucket) => Math.max(bucket.transactions, bucket.files)));
  const height = (count: number) => (count === 0 ? 0 : Math.max(0.06, Math.sqrt(count / most)));
  return seen
    .filter((bucket) => bucket.transactions > 0 || bucket.files > 0)
    .map((bucket) => {
      const left = Math.max(0, placeOf(bucket.from, span));
      return {
        left,
        width: Math.min(1, placeOf(bucket.to, span)) - left,
        transactions: height(bucket.transactions),
        files: height(bucket.files),
      };
    });
}
