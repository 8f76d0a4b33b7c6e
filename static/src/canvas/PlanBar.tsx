import { X } from "lucide-react";
import { useStore } from "zustand";
import { turnPlan } from "@/commands/acts/planning";
import { countVerdicts } from "@/graph/reuse";
import type { Verdict } from "@/graph/reuse";
import { select } from "@/state/selection";
import { useSession } from "@/state/session";
import { text } from "@/text";
import { IconButton, Spinner, VerdictIcon, classes, formatDuration } from "@/ui";
import styles from "./Plan.module.css";

const SHOWN: readonly Verdict[] = ["reused", "runs", "maybe", "left_out"];

/** The plan in one line, and what its marks mean; a press on a count selects those nodes. */
export const PlanBar = () => {
  const session = useSession();
  const { on, asking, plan, refused } = useStore(session.planning);
  if (!on) return null;
  const steps = Object.values(plan?.steps ?? {});
  const counts = countVerdicts(steps.map(({ verdict }) => verdict));
  const shown = SHOWN.filter((verdict) => counts[verdict] > 0);
  const facts = [
    plan?.seconds != null && counts.runs + counts.maybe > 0
      ? text.plan.about(formatDuration(plan.seconds))
      : "",
    plan?.saved != null && plan.saved > 0.05 ? text.plan.saves(formatDuration(plan.saved)) : "",
  ].filter((fact) => fact !== "");
  const said = [...shown.map((verdict) => text.plan.counts[verdict](counts[verdict])), ...facts].join(", ");
  return (
    <div className={styles.dock}>
      <div className={styles.bar} data-own-pointer role="group" aria-label={text.plan.label}>
        <p className="hidden-visually" role="status">
          {asking ? "" : (refused ?? said)}
        </p>
        {refused !== null ? (
          <span className={styles.refused}>
            <span>{refused}</span>
            <button
              type="button"
              className={styles.show}
              onClick={() => {
                session.view.setState({ drawer: "problems" });
              }}
            >
              {text.plan.show}
            </button>
          </span>
        ) : plan === null ? (
          <span className={styles.facts}>{text.plan.asking}</span>
        ) : (
          <span className={classes(styles.inside, asking && styles.stale)}>
            {shown.map((verdict) => {
              const label = text.plan.counts[verdict](counts[verdict]);
              return (
                <button
                  key={verdict}
                  type="button"
                  className={styles.count}
                  title={text.plan.select(label)}
                  onClick={() => {
                    const nodes = steps.filter((step) => step.verdict === verdict).map(({ node }) => node);
                    session.selection.setState(select({ nodes }), true);
                  }}
                >
                  <VerdictIcon verdict={verdict} size={15} />
                  {label}
                </button>
              );
            })}
            {facts.length > 0 && <span className={styles.facts}>{facts.join(" · ")}</span>}
          </span>
        )}
        <span className={styles.busy}>{asking && <Spinner label={text.plan.asking} size={14} />}</span>
        <IconButton
          small
          label={text.plan.hide}
          onClick={() => {
            turnPlan(session, false);
          }}
        >
          <X />
        </IconButton>
      </div>
    </div>
  );
};
