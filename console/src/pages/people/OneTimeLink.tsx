/** A one-time link, shown this once, to be copied and sent. */
import { Button } from "../../components/Button.tsx";
import { Copyable } from "../../components/Copyable.tsx";
import { Dialog } from "../../components/Dialog.tsx";
import { useFormat, useText } from "../../i18n/text.tsx";

interface OneTimeLinkProps {
  title: string;
  about: string;
  link: { url: string; expires_at: string };
  onClose: () => void;
}

export function OneTimeLink({ title, about, link, onClose }: OneTimeLinkProps) {
  const text = useText();
  const format = useFormat();
  return (
    <Dialog
      title={title}
      onClose={onClose}
      footer={
        <Button look="primary" onClick={onClose}>
          {text.common.done}
        </Button>
      }
    >
      <p>{about}</p>
      <Copyable value={here(link.url)} label={text.people.link} />
      <p>{text.people.linkUntil(format.dateTime(link.expires_at))}</p>
    </Dialog>
  );
}

/** The daemon names its own address; people reach it by the one that this page came from. */
function here(url: string): string {
  const { pathname, hash } = new URL(url, window.location.origin);
  return window.location.origin + pathname + hash;
}
