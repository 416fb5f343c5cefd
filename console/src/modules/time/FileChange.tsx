/** What going back to a moment does to one file: what it is now against what it was. */
import { useQuery } from "@tanstack/react-query";
import { call } from "../../api/client.ts";
import { ApiError } from "../../api/errors.ts";
import { ErrorState } from "../../components/ErrorState.tsx";
import { Skeleton } from "../../components/Skeleton.tsx";
import { useFormat, useText } from "../../i18n/text.tsx";
import { useWhere } from "../branch/where.tsx";
import Difference from "../editor/Difference.tsx";
import { type Refusal, refusalOf } from "../editor/text.ts";

interface State {
  readonly content: string;
  readonly refusal: Refusal | null;
}

export default function FileChange({ path, moment }: { path: string; moment: string }) {
  const text = useText();
  const format = useFormat();
  const { ref } = useWhere();
  const now = useContent(ref, path, null);
  const then = useContent(ref, path, moment);
  const error = now.error ?? then.error;
  if (error) return <ErrorState error={error} inline />;
  if (!now.data || !then.data) return <Skeleton lines={3} />;
  const refusal = now.data.refusal ?? then.data.refusal;
  if (refusal) return <p>{text.time.notShown[refusal]}</p>;
  if (now.data.content === then.data.content) return <p>{text.time.sameContent}</p>;
  return (
    <Difference
      path={path}
      before={now.data.content}
      after={then.data.content}
      label={text.time.differenceOf(path, format.dateTime(moment))}
    />
  );
}

/** The file at a moment; empty where it was not there. */
function useContent(ref: string, path: string, at: string | null) {
  return useQuery<State, ApiError>({
    queryKey: ["files.cat", { ref, path, at }],
    staleTime: at === null ? 0 : Number.POSITIVE_INFINITY,
    queryFn: async ({ signal }) => {
      try {
        const file = await call("files.cat", at === null ? { ref, path } : { ref, path, at }, signal);
        return { content: file.content, refusal: refusalOf(file) };
      } catch (error) {
        if (error instanceof ApiError && error.code === "file-not-found") return { content: "", refusal: null };
        if (error instanceof ApiError && error.code === "file-too-large") return { content: "", refusal: "too-large" };
        throw error;
      }
    },
  });
}
