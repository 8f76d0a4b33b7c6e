import { Copy, SquareTerminal } from "lucide-react";
import { snippets as words } from "@/text/live";
import { IconButton, toast } from "@/ui";
import styles from "./shared.module.css";

/** How to do what a page does from Python or the command line. */
export const Snippet = ({ code, open = false }: { readonly code: string; readonly open?: boolean }) => (
  <details className={styles.snippet} open={open}>
    <summary>
      <SquareTerminal aria-hidden="true" />
      {words.title}
    </summary>
    <div className={styles.snippetBody}>
      <pre>
        <code>{code}</code>
      </pre>
      <IconButton
        small
        label={words.copy}
        onClick={() => {
          // Absent on plain HTTP from another machine: then the promise says so.
          const copied: Promise<void> =
            "clipboard" in navigator ? navigator.clipboard.writeText(code) : Promise.reject(new Error());
          copied.then(
            () => toast({ text: words.copied, seconds: 2 }),
            () => toast({ text: words.notCopied, tone: "bad" }),
          );
        }}
      >
        <Copy />
      </IconButton>
    </div>
  </details>
);
