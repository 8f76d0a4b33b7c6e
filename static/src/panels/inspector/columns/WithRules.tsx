import { ArrowDown, ArrowUp, Plus, X } from "lucide-react";
import { BY, COLUMN_ROLES, COLUMN_TYPES, chosen } from "@/graph/columns";
import type { By, KnownColumn, Rule } from "@/graph/columns";
import { text } from "@/text";
import { form } from "@/text/form";
import { Button, Chip, IconButton, Segmented, Select, Switch, TagInput, classes } from "@/ui";
import { TypeMark } from "./TypeMark";
import { problemOf, withBegin, withMovedRule, withNewRule, withRule, withoutRule } from "./picking";
import type { Rules, ValueProblem } from "./picking";
import styles from "./columns.module.css";

const words = text.inspector.columns;

const isBy = (word: string): word is By => BY.some((by) => by === word);

const inWords = (problem: ValueProblem, value: string, count: number): string => {
  switch (problem) {
    case "no_index":
      return form.picker.wrongIndex(value);
    case "outside":
      return form.picker.outside(value, count);
    case "missing":
      return `${value}: ${words.missing}`;
  }
};

interface ValuesProps {
  readonly at: number;
  readonly rule: Rule;
  readonly columns: readonly KnownColumn[] | null;
  readonly onChange: (values: readonly string[]) => void;
}

/** The values of a rule: typed for names and indices, ticked for types and roles. */
const Values = ({ at, rule, columns, onChange }: ValuesProps) => {
  const label = form.picker.values(at + 1);
  const toggle = (value: string) => {
    onChange(
      rule.values.includes(value) ? rule.values.filter((one) => one !== value) : [...rule.values, value],
    );
  };
  if (rule.by === "types" || rule.by === "roles") {
    const choices: readonly (readonly [string, string])[] =
      rule.by === "types"
        ? COLUMN_TYPES.map((type) => [type, form.picker.types[type]])
        : COLUMN_ROLES.map((role) => [role, form.picker.roles[role]]);
    return (
      <div className={styles.ticks} role="group" aria-label={label}>
        {choices.map(([value, word]) => (
          <Chip
            key={value}
            pressed={rule.values.includes(value)}
            onClick={() => {
              toggle(value);
            }}
          >
            {word}
          </Chip>
        ))}
      </div>
    );
  }
  const known = new Map(columns?.map((column) => [column.name, column]));
  return (
    <TagInput
      label={label}
      tags={rule.values}
      onChange={onChange}
      placeholder={rule.by === "names" ? words.namesPlaceholder : words.indicesPlaceholder}
      removeLabel={form.picker.removeValue}
      suggestions={
        rule.by === "names"
          ? (columns ?? []).map((column) => ({
              value: column.name,
              mark: <TypeMark column={column} />,
              hint: column.type,
            }))
          : []
      }
      {...(rule.by === "names" && columns !== null
        ? { mark: (name: string) => <TypeMark column={known.get(name)} /> }
        : {})}
      wrong={(value) => {
        const problem = problemOf(rule.by, value, columns);
        return problem === null ? undefined : inWords(problem, value, columns?.length ?? 0);
      }}
    />
  );
};

export interface WithRulesProps {
  readonly rules: Rules;
  readonly onChange: (rules: Rules) => void;
  /** Null while they are not known. */
  readonly columns: readonly KnownColumn[] | null;
}

/** Selects columns by rules that add up in order, with what they give at once. */
export const WithRules = ({ rules, onChange, columns }: WithRulesProps) => {
  const result = columns ? chosen(rules, columns) : [];
  const known = new Map(columns?.map((column) => [column.name, column]));
  return (
    <div className={styles.withRules}>
      <div className={styles.rules}>
        <div className={styles.begin}>
          <span>{words.begin}</span>
          <Segmented
            compact
            label={words.begin}
            value={rules.begin}
            options={[
              { value: "all", label: words.beginAll },
              { value: "none", label: words.beginNone },
            ]}
            onChange={(begin) => {
              onChange(withBegin(rules, begin === "all" ? "all" : "none"));
            }}
          />
        </div>
        <ol className={styles.ruleList}>
          {rules.rules.map((rule, at) => (
            // Rules have no names of their own; they are told apart by their place.
            <li key={at} className={classes(styles.rule, styles[rule.action])}>
              <div className={styles.ruleHead}>
                <Select
                  compact
                  label={form.picker.action(at + 1)}
                  value={rule.action}
                  options={[
                    { value: "include", label: words.include },
                    { value: "exclude", label: words.exclude },
                  ]}
                  onChange={(action) => {
                    onChange(withRule(rules, at, { action: action === "exclude" ? "exclude" : "include" }));
                  }}
                />
                <Select
                  compact
                  label={form.picker.by(at + 1)}
                  value={rule.by}
                  options={BY.map((by) => ({ value: by, label: form.picker.byWords[by] }))}
                  onChange={(by) => {
                    if (isBy(by)) onChange(withRule(rules, at, { by }));
                  }}
                />
                <span className={styles.ruleActions}>
                  <IconButton
                    small
                    label={form.picker.ruleUp}
                    disabled={at === 0}
                    onClick={() => {
                      onChange(withMovedRule(rules, at, -1));
                    }}
                  >
                    <ArrowUp />
                  </IconButton>
                  <IconButton
                    small
                    label={form.picker.ruleDown}
                    disabled={at === rules.rules.length - 1}
                    onClick={() => {
                      onChange(withMovedRule(rules, at, 1));
                    }}
                  >
                    <ArrowDown />
                  </IconButton>
                  <IconButton
                    small
                    label={words.removeRule}
                    onClick={() => {
                      onChange(withoutRule(rules, at));
                    }}
                  >
                    <X />
                  </IconButton>
                </span>
              </div>
              <Values
                key={rule.by}
                at={at}
                rule={rule}
                columns={columns}
                onChange={(values) => {
                  onChange(withRule(rules, at, { values }));
                }}
              />
            </li>
          ))}
        </ol>
        <Button
          size="small"
          icon={<Plus />}
          className={styles.addRule}
          onClick={() => {
            onChange(withNewRule(rules));
          }}
        >
          {words.addRule}
        </Button>
        <Switch
          label={words.keepDuplicates}
          checked={rules.keepDuplicates}
          onChange={(keepDuplicates) => {
            onChange({ ...rules, keepDuplicates });
          }}
        />
      </div>
      <section className={styles.result} aria-label={form.picker.resultTitle}>
        <header className={styles.sideHead}>
          <h3>{form.picker.resultTitle}</h3>
          {columns && (
            <span className={styles.count} role="status">
              {words.result(result.length, columns.length)}
            </span>
          )}
        </header>
        <div className={styles.resultList}>
          {columns === null ? (
            <p className={styles.listEmpty}>{form.picker.resultUnknown}</p>
          ) : result.length === 0 ? (
            <p className={styles.listEmpty}>{form.picker.resultNone}</p>
          ) : (
            <ol>
              {result.map((name, at) => (
                <li key={`${String(at)}-${name}`} className={styles.name}>
                  <TypeMark column={known.get(name)} />
                  <span className={styles.nameText}>{name}</span>
                </li>
              ))}
            </ol>
          )}
        </div>
      </section>
    </div>
  );
};
