/** Everything around the pages: the rail, the banner of a lost connection, palette and shortcuts. */
import { Link, Outlet, useNavigate, useRouterState } from "@tanstack/react-router";
import { lazy, Suspense, useEffect, useState } from "react";
import { Button, IconButton } from "../components/Button.tsx";
import { classes } from "../components/classes.ts";
import { useText } from "../i18n/text.tsx";
import { Brand } from "./Brand.tsx";
import { MOD, useShortcuts } from "./keyboard.ts";
import { useConnection } from "./LiveProvider.tsx";
import { PersonMenu } from "./PersonMenu.tsx";
import { PublishProvider } from "./publish/PublishProvider.tsx";
import { RailLinks } from "./RailLinks.tsx";
import styles from "./Shell.module.css";

const Palette = lazy(() => import("./palette/Palette.tsx"));
const KeyboardSheet = lazy(() => import("./KeyboardSheet.tsx"));

export function Shell() {
  const text = useText();
  const navigate = useNavigate();
  const [open, setOpen] = useState<"palette" | "keyboard" | null>(null);
  const [railShown, setRailShown] = useState(false);
  const place = useRouterState({ select: (state) => state.location.pathname });
  const close = () => setOpen(null);

  // biome-ignore lint/correctness/useExhaustiveDependencies: going elsewhere folds the rail away on a phone
  useEffect(() => setRailShown(false), [place]);

  useShortcuts({
    "mod+k": () => setOpen(open === "palette" ? null : "palette"),
    "?": () => setOpen("keyboard"),
    "g p": () => void navigate({ to: "/projects" }),
    "g l": () => void navigate({ to: "/app" }),
    "g k": () => void navigate({ to: "/knowledge" }),
    "g m": () => void navigate({ to: "/models" }),
    "g w": () => void navigate({ to: "/monitoring" }),
    "g o": () => void navigate({ to: "/people" }),
    "g s": () => void navigate({ to: "/system" }),
    "g a": () => void navigate({ to: "/account" }),
    "/": () => document.querySelector<HTMLInputElement>("main input[type=search]")?.focus(),
    c: () => document.querySelector<HTMLButtonElement>("main [data-creates]")?.click(),
  });

  return (
    <div className={styles.shell}>
      <a href="#content" className={styles.skip}>
        {text.common.skipToContent}
      </a>
      <header className={styles.top}>
        <IconButton
          icon="menu"
          label={text.rail.menu}
          aria-expanded={railShown}
          onClick={() => setRailShown(!railShown)}
        />
        <Link to="/projects" className={styles.home} aria-label="Nacre">
          <Brand />
        </Link>
        <IconButton icon="search" label={text.rail.palette} onClick={() => setOpen("palette")} />
      </header>
      {railShown && (
        <button
          type="button"
          className={styles.scrim}
          aria-label={text.common.close}
          onClick={() => setRailShown(false)}
        />
      )}
      <nav className={classes(styles.rail, railShown && styles.shown)} aria-label={text.rail.label}>
        <Link to="/projects" className={styles.brand} aria-label="Nacre">
          <Brand />
        </Link>
        <button type="button" className={styles.search} onClick={() => setOpen("palette")}>
          <span>{text.common.search}</span>
          <kbd>{MOD} K</kbd>
        </button>
        <RailLinks />
        <div className={styles.foot}>
          <PersonMenu onKeyboard={() => setOpen("keyboard")} />
        </div>
      </nav>
      <div className={styles.content}>
        <LostConnection />
        <main id="content" className={styles.main} tabIndex={-1}>
          <PublishProvider>
            <Outlet />
          </PublishProvider>
        </main>
      </div>
      <Suspense>
        {open === "palette" && <Palette onClose={close} />}
        {open === "keyboard" && <KeyboardSheet onClose={close} />}
      </Suspense>
    </div>
  );
}

function LostConnection() {
  const text = useText();
  const { connection, retry } = useConnection();
  if (connection !== "lost") return null;
  return (
    <div className={styles.lost} role="status">
      <span>{text.connection.lost}</span>
      <Button size="small" onClick={retry}>
        {text.common.retry}
      </Button>
    </div>
  );
}
