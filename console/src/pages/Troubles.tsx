/** What shows when an address leads nowhere, and when a page breaks. */
import { type ErrorComponentProps, Link, useRouter } from "@tanstack/react-router";
import { ApiError } from "../api/errors.ts";
import { Button } from "../components/Button.tsx";
import { EmptyState } from "../components/EmptyState.tsx";
import { ErrorState } from "../components/ErrorState.tsx";
import { useText } from "../i18n/text.tsx";

export function NotFound() {
  const text = useText();
  return (
    <EmptyState icon="search" title={text.error.notFound} action={<Link to="/projects">{text.error.toProjects}</Link>}>
      <p>{text.error.notFoundHint}</p>
    </EmptyState>
  );
}

export function Crashed({ error, reset }: ErrorComponentProps) {
  const text = useText();
  const router = useRouter();
  if (error instanceof ApiError) {
    return (
      <ErrorState
        error={error}
        onRetry={() => {
          reset();
          void router.invalidate();
        }}
      />
    );
  }
  return (
    <EmptyState
      icon="warning"
      title={text.error.crashed}
      action={<Button onClick={() => window.location.reload()}>{text.error.reload}</Button>}
    >
      <p>{text.error.crashedHint}</p>
      <code>{String(error)}</code>
    </EmptyState>
  );
}
