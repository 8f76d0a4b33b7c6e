import { Ellipsis, Link2, RotateCcw, Unlink } from "lucide-react";
import { useId, useState } from "react";
import { attach, setValue } from "@/commands/acts/entries";
import type { ModuleSpec, Parameter } from "@/graph/catalogue";
import type { NodeEntry } from "@/graph/document";
import { attachedTo } from "@/graph/edits";
import type { Finding } from "@/graph/finding";
import type { Json } from "@/graph/json";
import { check } from "@/graph/parameters";
import { documentOf, useDocument, useSession } from "@/state/session";
import { text } from "@/text";
import { form } from "@/text/form";
import { IconButton, Menu, Switch, classes } from "@/ui";
import type { MenuItem } from "@/ui";
import { Control } from "./Control";
import { NewParameter } from "./NewParameter";
import { useInputColumns } from "./columns/useInputColumns";
import { attachable, candidates, detached, differs, inShort, stored, valueOf } from "./values";
import type { Values } from "./values";
import { rangeInWords, wrongInWords } from "./wrong";
import styles from "./form.module.css";

const words = text.inspector;

export interface ParameterFieldProps {
  readonly node: string;
  readonly entry: NodeEntry;
  readonly spec: ModuleSpec;
  readonly parameter: Parameter;
  readonly values: Values;
  /** What validation says about this parameter. */
  readonly findings: readonly Finding[];
}

/** One parameter of a module: its label, its control, what is wrong with it, and what it is attached to. */
export const ParameterField = ({ node, entry, spec, parameter, values, findings }: ParameterFieldProps) => {
  const session = useSession();
  const id = useId();
  const columns = useInputColumns(entry, spec, parameter);
  const [naming, setNaming] = useState(false);
  const [unreadable, setUnreadable] = useState(false);
  const value = valueOf(parameter, values);
  const source = attachedTo(value);
  const own = Object.hasOwn(values, parameter.name);
  const wrong = check(parameter, value);
  // What is checked here is truer than what the server said about an earlier value; it knows more about the rest.
  const problem = unreadable
    ? words.wrong.kind[parameter.kind]
    : wrong !== null && (own || parameter.required)
      ? wrongInWords(wrong)
      : undefined;
  const finding = problem === undefined ? findings[0] : undefined;
  const note = `${id}-note`;
  const noted = problem !== undefined || finding !== undefined || parameter.help !== "";

  const put = (next: Json | undefined) => {
    setValue(session, node, parameter.name, parameter.label, stored(parameter, next));
  };

  const menu: readonly MenuItem[] = [
    ...(differs(parameter, values) && !parameter.required
      ? [
          {
            kind: "item" as const,
            id: "reset",
            label: words.reset,
            icon: <RotateCcw />,
            onSelect: () => {
              put(undefined);
            },
          },
        ]
      : []),
    ...(parameter.nullable && value !== null && source === null
      ? [
          {
            kind: "item" as const,
            id: "unset",
            label: words.unset,
            onSelect: () => {
              put(null);
            },
          },
        ]
      : []),
    ...(source !== null
      ? [
          {
            kind: "item" as const,
            id: "detach",
            label: words.detach,
            icon: <Unlink />,
            onSelect: () => {
              put(detached(documentOf(session), parameter, source));
            },
          },
        ]
      : []),
    // A form without a pipeline has no parameters to attach to.
    ...(session.pipeline !== "" && attachable(parameter) !== null
      ? [
          ...candidates(documentOf(session), parameter)
            .filter((name) => name !== source)
            .map((name) => ({
              kind: "item" as const,
              id: `attach-${name}`,
              label: form.attachTo(name),
              icon: <Link2 />,
              onSelect: () => {
                attach(session, node, parameter.name, name, null);
              },
            })),
          ...(source === null
            ? [
                {
                  kind: "item" as const,
                  id: "new",
                  label: words.attachNew,
                  icon: <Link2 />,
                  onSelect: () => {
                    setNaming(true);
                  },
                },
              ]
            : []),
        ]
      : []),
  ];

  const changed = source === null && differs(parameter, values) && !parameter.required;
  const usual = changed ? inShort(parameter.default, words.values) : null;
  const range = source === null ? rangeInWords(parameter) : undefined;
  const simple = parameter.kind === "boolean" && !parameter.nullable && source === null;

  const actions = (
    <>
      {changed && (
        <button
          type="button"
          className={styles.changed}
          aria-label={words.reset}
          title={usual === null ? form.changed : form.default(usual)}
          onClick={() => {
            put(undefined);
          }}
        />
      )}
      {menu.length > 0 && !session.readOnly && (
        <Menu
          align="end"
          items={menu}
          trigger={
            <IconButton small label={words.options(parameter.label)} className={styles.more}>
              <Ellipsis />
            </IconButton>
          }
        />
      )}
    </>
  );

  return (
    <div className={styles.field}>
      {simple ? (
        <div className={styles.switchRow}>
          <Switch
            label={parameter.label}
            checked={value === true}
            disabled={session.readOnly}
            onChange={put}
          />
          {actions}
        </div>
      ) : (
        <div className={styles.labelRow}>
          <label htmlFor={id} className={styles.label}>
            {parameter.label}
            {parameter.required && source === null && (
              <span className={styles.required} title={words.required}>
                *
              </span>
            )}
          </label>
          {range !== undefined && <span className={styles.range}>{range}</span>}
          {actions}
        </div>
      )}
      {source !== null && <Attached name={source} />}
      {source === null && !simple && (
        <Control
          parameter={parameter}
          value={value}
          onChange={put}
          id={id}
          describedBy={noted ? note : undefined}
          invalid={problem !== undefined || finding?.severity === "error"}
          readOnly={session.readOnly}
          columns={columns}
          onUnreadable={setUnreadable}
        />
      )}
      {problem !== undefined ? (
        <p id={note} className={styles.error} role="alert">
          {problem}
        </p>
      ) : finding ? (
        <p id={note} className={classes(styles.error, finding.severity === "warning" && styles.warning)}>
          {finding.message} {finding.cure}
        </p>
      ) : (
        parameter.help !== "" && (
          <p id={note} className={classes(styles.help, simple && styles.switchHelp)}>
            {parameter.help}
          </p>
        )
      )}
      {naming && (
        <NewParameter
          node={node}
          parameter={parameter}
          value={value}
          onClose={() => {
            setNaming(false);
          }}
        />
      )}
    </div>
  );
};

/** Where the value comes from instead of a control. */
const Attached = ({ name }: { readonly name: string }) => {
  const parameter = useDocument((document) => document.parameters[name]);
  if (!parameter) return <p className={styles.error}>{form.attachedMissing(name)}</p>;
  const value = inShort(parameter.default, words.values);
  return (
    <div className={styles.attached} title={words.attached(name)}>
      <Link2 aria-hidden="true" />
      <span className="hidden-visually">{words.attached(name)}</span>
      <code aria-hidden="true">{name}</code>
      {value !== null && <span className={styles.attachedValue}>{value}</span>}
    </div>
  );
};
