import { useEffect, useState } from "react";
import { useStore } from "zustand";
import { expectationOf } from "@/commands/acts/planning";
import { titleOf } from "@/graph/catalogue";
import { CARD } from "@/graph/geometry";
import { reasonInWords } from "@/graph/reuse";
import { documentOf, useSession, useView } from "@/state/session";
import { text } from "@/text";
import { RelativeTime, VerdictIcon } from "@/ui";
import { useCanvas } from "./context";
import { usePlanned } from "@/state/useNode";
import styles from "./Plan.module.css";

/** How long the pointer rests on a card before it is told why. */
const REST_MS = 220;
const MOST = 5;
const WIDTH = 280;

/** Why a step would run or be reused, beside its card while the pointer or the focus rests there. */
export const PlanTip = () => {
  const session = useSession();
  const { camera, scene, transient } = useCanvas();
  const on = useStore(session.planning, (planning) => planning.on);
  const hovered = useStore(transient, (state) =>
    state.held !== null || state.wiring !== null ? null : state.hoveredNode,
  );
  const pointed = useView((view) => view.pointed);
  const looked = on ? (pointed ?? hovered) : null;
  const [shown, setShown] = useState<string | null>(null);
  useEffect(() => {
    const timer = setTimeout(
      () => {
        setShown(looked);
      },
      looked === null ? 0 : REST_MS,
    );
    return () => {
      clearTimeout(timer);
    };
  }, [looked]);
  const view = useStore(camera, (state) => (shown === null ? null : state));
  const planned = usePlanned(shown ?? "");
  const node = shown === null ? undefined : scene().byId.get(shown);
  if (!view || !planned || !node || planned.verdict === "dataset" || shown !== looked) return null;
  const entry = documentOf(session).nodes[planned.node];
  const left = Math.max(8, Math.min(view.width - WIDTH - 8, node.x * view.zoom + view.x));
  const top = node.y * view.zoom + view.y;
  const bottom = top + CARD.height * view.zoom;
  const above = bottom > view.height - 170;
  const reasons = planned.reasons ?? [];
  const facts = expectationOf(planned);
  return (
    <div
      className={styles.tip}
      style={above ? { left, bottom: view.height - top + 10 } : { left, top: bottom + 14 }}
      aria-hidden="true"
    >
      <p className={styles.tipHead}>
        <VerdictIcon verdict={planned.verdict} size={15} />
        <b>{text.plan.verdicts[planned.verdict]}</b>
        <span>{entry ? titleOf(session.catalogue.getState(), entry) : planned.node}</span>
      </p>
      <ul>
        {reasons.slice(0, MOST).map((reason) => (
          <li key={`${reason.code} ${reason.text}`}>{reasonInWords(reason)}</li>
        ))}
      </ul>
      {planned.verdict === "reused" && planned.reused_at != null && (
        <p className={styles.tipFacts}>
          {text.plan.resultsFrom} <RelativeTime time={planned.reused_at} />
        </p>
      )}
      {facts !== "" && planned.verdict !== "reused" && <p className={styles.tipFacts}>{facts}</p>}
    </div>
  );
};
