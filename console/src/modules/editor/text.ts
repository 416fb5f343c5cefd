/** Text as it lies in a file and as an editor holds it: what goes in comes out byte for byte. */

export const LARGEST_EDITED_BYTES = 5 << 20;

/** CRLF only where every line ends so; otherwise carriage returns stay in the text, visible and untouched. */
export function lineBreakOf(content: string): "\n" | "\r\n" {
  const crlf = content.match(/\r\n/g)?.length ?? 0;
  const lf = content.match(/\n/g)?.length ?? 0;
  return crlf > 0 && crlf === lf && !/\r(?!\n)/.test(content) ? "\r\n" : "\n";
}

export type Refusal = "binary" | "too-large";

/** Why a file is not opened in the editor; null when it can be. */
export function refusalOf(file: { size_bytes: number; encoding?: string; content?: string }): Refusal | null {
  if (file.size_bytes > LARGEST_EDITED_BYTES) return "too-large";
  if (file.encoding === "base64" || file.content?.includes("\0")) return "binary";
  return null;
}
