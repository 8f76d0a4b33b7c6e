import { setSetting } from "@/commands/acts/entries";
import type { NodeEntry } from "@/graph/document";
import { useSession } from "@/state/session";
import { text } from "@/text";
import { form as more } from "@/text/form";
import { Field, NumberField, TagInput, formatDuration } from "@/ui";
import { between, common } from "./settings";
import { readCodes, waits } from "./retrying";

const words = text.inspector;

/** The server's bounds. */
const MOST_RETRIES = 100;
const LONGEST_DELAY = 86_400;

export interface RetriesProps {
  readonly nodes: readonly string[];
  readonly entries: readonly NodeEntry[];
}

/** What happens after a failure: how often it is tried again, after how long, and after which failures. */
export const Retries = ({ nodes, entries }: RetriesProps) => {
  const session = useSession();
  const retries = common(entries, "retries");
  const delay = common(entries, "retry_delay");
  const backoff = common(entries, "retry_backoff");
  const codes = common(entries, "retry_exit_codes");
  const mixed = (value: unknown, otherwise: string) => (value === null ? more.several.mixed : otherwise);
  const again = retries === null || (retries ?? 0) > 0;
  const planned = waits(retries ?? 0, delay ?? 0, backoff ?? 2).map(formatDuration);
  return (
    <>
      <NumberField
        label={words.retries}
        value={retries ?? null}
        integer
        minimum={0}
        placeholder={mixed(retries, "0")}
        {...between(retries, 0, MOST_RETRIES)}
        onChange={(next) => {
          setSetting(
            session,
            nodes,
            "retries",
            words.retries,
            next === null || next === 0 ? undefined : next,
          );
        }}
      />
      {again && (
        <>
          <NumberField
            label={words.retryDelay}
            value={delay ?? null}
            minimum={0}
            step={5}
            suffix={words.seconds}
            placeholder={mixed(delay, "0")}
            {...between(delay, 0, LONGEST_DELAY)}
            onChange={(next) => {
              setSetting(session, nodes, "retry_delay", words.retryDelay, next ?? undefined);
            }}
          />
          {(delay === null || (delay ?? 0) > 0) && (
            <NumberField
              label={words.retryBackoff}
              help={planned.length > 1 ? words.retryWaits(planned) : words.retryBackoffHelp}
              value={backoff ?? null}
              minimum={1}
              maximum={10}
              step={0.5}
              suffix="×"
              placeholder={mixed(backoff, "2")}
              {...between(backoff, 1, 10)}
              onChange={(next) => {
                setSetting(
                  session,
                  nodes,
                  "retry_backoff",
                  words.retryBackoff,
                  next === null || next === 2 ? undefined : next,
                );
              }}
            />
          )}
          <Field label={words.retryCodes} help={words.retryCodesHelp}>
            {() => (
              <TagInput
                label={words.retryCodes}
                tags={(codes ?? []).map(String)}
                placeholder={mixed(codes, words.retryCodesAny)}
                removeLabel={more.list.remove}
                suggestions={words.exitCodes.map(([value, hint]) => ({ value, hint }))}
                disabled={session.readOnly}
                onChange={(tags) => {
                  const next = readCodes(tags);
                  setSetting(
                    session,
                    nodes,
                    "retry_exit_codes",
                    words.retryCodes,
                    next.length === 0 ? undefined : next,
                  );
                }}
              />
            )}
          </Field>
        </>
      )}
    </>
  );
};
