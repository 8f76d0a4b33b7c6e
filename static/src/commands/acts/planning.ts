import { isApiError, messageOf } from "@/api/errors";
import { countPart, countVerdicts } from "@/graph/reuse";
import type { Counts, Part, PlannedStep } from "@/graph/reuse";
import { runAlike } from "@/state/plan";
import { toResume } from "@/state/run";
import type { PlanWish } from "@/state/services";
import { documentOf } from "@/state/session";
import type { Session } from "@/state/session";
import { text } from "@/text";
import { formatBytes, formatDuration } from "@/ui";

/** The values of pipeline parameters that a run gets where nobody says otherwise. */
export const defaults = (session: Session): Readonly<Record<string, unknown>> =>
  Object.fromEntries(
    Object.entries(documentOf(session).parameters).flatMap(([name, parameter]) =>
      parameter.default === undefined || parameter.default === null ? [] : [[name, parameter.default]],
    ),
  );

/** The values the last run had, as far as the pipeline still asks for them. */
export const lastValues = (session: Session): Readonly<Record<string, unknown>> => {
  const { parameters } = documentOf(session);
  const given = Object.entries(session.run.getState().parameters);
  return { ...defaults(session), ...Object.fromEntries(given.filter(([name]) => name in parameters)) };
};

const asked = new WeakMap<Session, AbortController>();

/**
 * Asks what a run of the draft would do. An answer that a later question made stale is dropped. Nothing is asked while
 * the draft is not saved: the plan would be about another one.
 */
export const askPlan = async (session: Session): Promise<void> => {
  const services = session.services.current;
  if (!services) return;
  asked.get(session)?.abort();
  const own = new AbortController();
  asked.set(session, own);
  session.planning.setState({ asking: true });
  try {
    await services.flush();
    if (own.signal.aborted || session.saving.getState().phase !== "saved") return;
    const of = documentOf(session);
    const plan = await services.plan(
      { parameters: defaults(session), part: { kind: "all" }, resume: "" },
      own.signal,
    );
    if (own.signal.aborted) return;
    session.planning.setState({ plan, of, refused: null });
  } catch (error) {
    if (own.signal.aborted) return;
    const findings = isApiError(error) ? error.findings : [];
    const refused = findings.length > 0 ? text.running.errors(findings.length) : messageOf(error);
    session.planning.setState({ plan: null, of: documentOf(session), refused });
  } finally {
    if (asked.get(session) === own) {
      session.planning.setState({ asking: false });
      showPlan(session);
    }
  }
};

/** Puts the plan on the cards, or takes it off them. */
export const showPlan = (session: Session): void => {
  const { on, plan } = session.planning.getState();
  session.planned.replace(on && plan ? plan.steps : {});
};

/** Turns the plan on the cards on or off. */
export const turnPlan = (session: Session, on: boolean): void => {
  if (session.planning.getState().on === on) return;
  session.planning.setState({ on });
  if (on) void askPlan(session);
  else {
    asked.get(session)?.abort();
    session.planning.setState({ asking: false });
    showPlan(session);
  }
};

/** Asks what the lines of the run menu would do, once for all of them. */
export const foresee = (session: Session): void => {
  const services = session.services.current;
  const { on, plan, of } = session.planning.getState();
  if (!services) return;
  if (!on || plan === null || !runAlike(of, documentOf(session))) void askPlan(session);
  const failed = toResume(session.run.getState());
  if (failed === null) return;
  session.planning.setState({ resume: null });
  services
    .plan(
      { parameters: lastValues(session), part: { kind: "all" }, resume: failed },
      new AbortController().signal,
    )
    .then((answer) => {
      const resume = countVerdicts(Object.values(answer.steps).map(({ verdict }) => verdict));
      session.planning.setState({ resume });
    })
    .catch(() => undefined); // A line without its hint still does what it says.
};

/** The time and memory that a step is expected to take; "" where nothing is known or nothing will run. */
export const expectationOf = ({ verdict, seconds, peak_memory: memory }: PlannedStep): string => {
  if (verdict === "left_out" || verdict === "dataset") return "";
  const facts = [
    seconds == null ? "" : text.plan.expect(formatDuration(seconds)),
    memory == null ? "" : text.plan.memory(formatBytes(memory)),
  ];
  return facts.filter((fact) => fact !== "").join(" · ");
};

const inWords = ({ runs, maybe, reused }: Counts): string => text.plan.hint(runs, maybe, reused);

/** What a run with these values would do, in a sentence; "" where the server cannot tell. */
export const foreseePart = async (
  session: Session,
  wish: Pick<PlanWish, "parameters" | "part">,
  signal: AbortSignal,
): Promise<string> => {
  const services = session.services.current;
  if (!services) return "";
  try {
    await services.flush();
    const { steps, seconds } = await services.plan({ ...wish, resume: "" }, signal);
    const counts = countVerdicts(Object.values(steps).map(({ verdict }) => verdict));
    const hint = inWords(counts);
    const said = hint.charAt(0).toUpperCase() + hint.slice(1);
    return seconds == null || counts.runs + counts.maybe === 0
      ? said
      : `${said} · ${text.plan.about(formatDuration(seconds))}`;
  } catch {
    return "";
  }
};

/** What a part would do, in a few words; "" while that is not known. */
export const hintOf = (session: Session, part: Part): string => {
  const { plan, of } = session.planning.getState();
  const document = documentOf(session);
  if (plan === null || !runAlike(of, document)) return "";
  return inWords(countPart(plan, document.nodes, part));
};

export const resumeHint = (session: Session): string => {
  const { resume } = session.planning.getState();
  return resume === null ? "" : inWords(resume);
};
