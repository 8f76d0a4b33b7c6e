import { GitCompareArrows } from "lucide-react";
import { Suspense, lazy, useState } from "react";
import type { ComponentType, ReactNode } from "react";
import { useRunName } from "@/api/queries.runs";
import { reasonInWords } from "@/graph/reuse";
import type { Reason } from "@/graph/reuse";
import { text } from "@/text";
import { Button, RelativeTime, VerdictIcon } from "@/ui";
import type { CodeSides } from "./Differences";
import { tells } from "./tells";
import styles from "./why.module.css";

const Differences = lazy(() => import("./Differences"));

/** A link to a page of ours. */
export type PageLinkType = ComponentType<{ readonly to: string; readonly children: ReactNode }>;

export interface Origin {
  readonly run: string;
  readonly node: string;
  /** Seconds since 1970: when its results were made. */
  readonly at?: number | null | undefined;
}

export const stepAddress = (run: string, node: string): string =>
  node === "" ? `/runs/${run}` : `/runs/${run}?step=${encodeURIComponent(node)}`;

/** The step that results come from, as a link that says which run and when. */
export const OriginLink = ({
  origin: { run, node, at },
  link: Link,
}: {
  readonly origin: Origin;
  readonly link: PageLinkType;
}) => {
  const known = useRunName(run).data;
  const time = at ?? known?.created;
  return (
    <>
      <Link to={stepAddress(run, node)}>{known?.name ?? text.plan.aRun}</Link>
      {time != null && (
        <>
          {", "}
          <RelativeTime time={time} />
        </>
      )}
    </>
  );
};

export interface WhyProps {
  /** Draws and colours it: `reused`, `runs`, `maybe`, `left_out`. */
  readonly verdict: string;
  readonly title: string;
  readonly reasons: readonly Reason[];
  readonly origin?: Origin | null;
  /** What to expect, or what it took. */
  readonly facts?: string;
  readonly link: PageLinkType;
  /** What the step is called. */
  readonly step: string;
  /** Where the code of both sides is. */
  readonly code?: CodeSides | null;
}

/** Why a step runs, ran, or did not have to; and the way to what differs. */
export const Why = ({ verdict, title, reasons, origin, facts = "", link, step, code = null }: WhyProps) => {
  const [open, setOpen] = useState(false);
  const told = reasons.filter(({ text: words }) => words !== "");
  const differs = verdict !== "reused" && told.some(tells);
  return (
    <section className={styles.why} data-verdict={verdict} aria-label={title}>
      <VerdictIcon verdict={verdict} size={15} />
      <div className={styles.words}>
        <p className={styles.title}>
          {title}
          {origin && (
            <>
              {" "}
              <OriginLink origin={origin} link={link} />
            </>
          )}
        </p>
        {told.length > 0 && (
          <ul className={styles.reasons}>
            {told.map((reason) => (
              <li key={`${reason.code} ${reason.name ?? ""} ${reason.text}`}>{reasonInWords(reason)}</li>
            ))}
          </ul>
        )}
        {facts !== "" && <p className={styles.facts}>{facts}</p>}
        {differs && (
          <Button
            size="small"
            look="quiet"
            className={styles.differs}
            icon={<GitCompareArrows />}
            onClick={() => {
              setOpen(true);
            }}
          >
            {text.plan.saw}
          </Button>
        )}
      </div>
      {open && (
        <Suspense fallback={null}>
          <Differences
            step={step}
            reasons={told}
            code={code}
            onClose={() => {
              setOpen(false);
            }}
          />
        </Suspense>
      )}
    </section>
  );
};
