import { isApiError, messageOf } from "@/api/errors";
import type { Part } from "@/graph/reuse";
import { findingsOf } from "@/state/findings";
import { documentOf } from "@/state/session";
import type { Session } from "@/state/session";
import type { RunWish } from "@/state/services";
import { isMoving } from "@/state/run";
import { text } from "@/text";
import { dismissAbout, toast } from "@/ui";
import { defaults, turnPlan } from "./planning";

/** Says why a run was refused; findings are shown where they can be mended. */
const refused = (session: Session, error: unknown) => {
  const findings = isApiError(error) ? error.findings : [];
  const [first] = findings;
  if (!first) {
    toast({ text: messageOf(error), tone: "bad" });
    return;
  }
  session.findings.setState(findingsOf(findings), true);
  toast({
    text: `${messageOf(error)} ${first.message}`,
    tone: "bad",
    action: {
      label: text.running.show,
      do: () => {
        session.view.setState({ drawer: "problems" });
      },
    },
  });
};

/** Saves, then submits. Says what went wrong where it did. */
export const startRun = async (session: Session, wish?: Partial<RunWish>): Promise<void> => {
  const services = session.services.current;
  if (!services || isMoving(session.run.getState())) return;
  session.run.setState({ starting: true });
  dismissAbout("run");
  try {
    await services.flush();
    if (session.saving.getState().phase !== "saved") {
      toast({ text: text.running.notSaved, tone: "bad" });
      return;
    }
    const run = await services.submit({
      parameters: wish?.parameters ?? defaults(session),
      part: wish?.part ?? { kind: "all" },
      resume: wish?.resume ?? "",
      experiment: wish?.experiment ?? "",
      name: wish?.name ?? "",
      priority: wish?.priority ?? 0,
    });
    // From here on the cards tell what happens, no longer what would.
    turnPlan(session, false);
    session.statuses.replace({});
    session.run.setState({
      id: run.id,
      status: "queued",
      canceling: false,
      started: Date.now() / 1000,
      seconds: null,
      parameters: {},
    });
  } catch (error) {
    refused(session, error);
  } finally {
    session.run.setState({ starting: false });
  }
};

/** Runs a part of the pipeline at once; asks first only where the pipeline has parameters. */
export const runPart = (session: Session, part: Part): void => {
  if (Object.keys(documentOf(session).parameters).length > 0) session.view.setState({ overlay: "run", part });
  else void startRun(session, { part });
};

export const cancelRun = async (session: Session): Promise<void> => {
  const { id } = session.run.getState();
  const services = session.services.current;
  if (id === null || !services) return;
  session.run.setState({ canceling: true });
  try {
    await services.cancel(id);
  } catch (error) {
    session.run.setState({ canceling: false });
    toast({ text: messageOf(error), tone: "bad" });
  }
};
