import type { ReactNode } from "react";
import { useSession } from "@/state/session";
import styles from "./Inspector.module.css";

export interface PageLinkProps {
  readonly to: string;
  readonly children: ReactNode;
}

/** A link to a page of ours: a plain press stays in the page, any other does what the browser does. */
export const PageLink = ({ to, children }: PageLinkProps) => {
  const session = useSession();
  return (
    <a
      href={to}
      className={styles.link}
      onClick={(event) => {
        const services = session.services.current;
        if (!services || event.button !== 0 || event.metaKey || event.ctrlKey || event.shiftKey) return;
        event.preventDefault();
        services.go(to);
      }}
    >
      {children}
    </a>
  );
};
