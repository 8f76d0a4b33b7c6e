import { expectationOf } from "@/commands/acts/planning";
import type { NodeEntry } from "@/graph/document";
import { isNews } from "@/graph/reuse";
import type { PlannedStep } from "@/graph/reuse";
import type { StepView } from "@/graph/step";
import { useSession } from "@/state/session";
import { text } from "@/text";
import { Why } from "../why";
import { PageLink } from "./PageLink";

/** Whether a step of a run says why it ran, or why not. */
export const saysWhy = (step: StepView): boolean => step.status === "reused" || isNews(step.reasons ?? []);

interface NodeWhyProps {
  readonly node: string;
  readonly entry: NodeEntry;
  readonly title: string;
  readonly step: StepView | undefined;
  readonly planned: PlannedStep | undefined;
}

/** Why a node would run, while the plan is shown; else why its step ran, or did not have to. */
export const NodeWhy = ({ node, entry, title, step, planned }: NodeWhyProps) => {
  const session = useSession();
  if (planned) {
    const { verdict, reasons = [], reused_from: from = "", compared_with: compared = "" } = planned;
    return (
      <Why
        verdict={verdict}
        title={verdict === "reused" && from !== "" ? text.plan.willReuse : text.plan.verdicts[verdict]}
        reasons={reasons}
        origin={
          verdict === "reused" && from !== ""
            ? { run: from, node: planned.reused_node ?? node, at: planned.reused_at }
            : null
        }
        facts={verdict === "reused" ? "" : expectationOf(planned)}
        link={PageLink}
        step={title}
        code={
          compared === "" || entry.module === undefined
            ? null
            : { node, before: compared, after: { module: entry.module } }
        }
      />
    );
  }
  if (!step) return null;
  const { reasons = [], reused_from: from = "", compared_with: compared = "" } = step;
  const run = session.run.getState().id ?? "";
  return step.status === "reused" ? (
    <Why
      verdict="reused"
      title={from === "" ? text.plan.reused : text.plan.reusedFrom}
      reasons={[]}
      origin={from === "" ? null : { run: from, node: step.reused_node ?? node }}
      link={PageLink}
      step={title}
    />
  ) : (
    <Why
      verdict={step.status === "skipped" ? "left_out" : "runs"}
      title={
        step.status === "skipped"
          ? text.plan.leftOutBecause
          : compared === ""
            ? text.plan.ran
            : text.plan.ranAgain
      }
      reasons={reasons}
      link={PageLink}
      step={title}
      code={compared === "" || run === "" ? null : { node, before: compared, after: { run } }}
    />
  );
};
