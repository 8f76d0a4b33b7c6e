import { isApiError, messageOf } from "@/api/errors";
import { findingsOf } from "@/state/findings";
import { documentOf } from "@/state/session";
import type { Session } from "@/state/session";
import type { RunWish } from "@/state/services";
import { isMoving } from "@/state/run";
import { text } from "@/text";
import { dismissAbout, toast } from "@/ui";

const defaults = (session: Session): Readonly<Record<string, unknown>> =>
  Object.fromEntries(
    Object.entries(documentOf(session).parameters).flatMap(([name, parameter]) =>
      parameter.default === undefined || parameter.default === null ? [] : [[name, parameter.default]],
    ),
  );

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
      experiment: wish?.experiment ?? "",
      name: wish?.name ?? "",
    });
    session.statuses.replace({});
    session.run.setState({
      id: run.id,
      status: "queued",
      canceling: false,
      started: Date.now() / 1000,
      seconds: null,
    });
  } catch (error) {
    refused(session, error);
  } finally {
    session.run.setState({ starting: false });
  }
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
