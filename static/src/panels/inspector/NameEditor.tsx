import { useState } from "react";
import { form } from "@/text/form";
import { TextInput } from "@/ui";
import styles from "./Inspector.module.css";

export interface NameEditorProps {
  readonly label: string;
  readonly name: string;
  readonly readOnly: boolean;
  readonly onSave: (name: string) => void;
}

/** A name edited where it stands: Enter and leaving save, Escape does not. */
export const NameEditor = ({ label, name, readOnly, onSave }: NameEditorProps) => {
  /** Null while it is not being edited. */
  const [typed, setTyped] = useState<string | null>(null);
  if (typed === null) {
    return readOnly ? (
      <h2 className={styles.name}>{name}</h2>
    ) : (
      <h2 className={styles.name}>
        <button
          type="button"
          className={styles.nameButton}
          title={form.editName}
          onClick={() => {
            setTyped(name);
          }}
        >
          {name}
        </button>
      </h2>
    );
  }
  const save = () => {
    if (typed.trim() !== name) onSave(typed);
    setTyped(null);
  };
  return (
    <TextInput
      aria-label={label}
      className={styles.nameInput ?? ""}
      autoFocus
      value={typed}
      onChange={setTyped}
      onFocus={(event) => {
        event.target.select();
      }}
      onBlur={save}
      onKeyDown={(event) => {
        if (event.key === "Enter") save();
        if (event.key !== "Escape") return;
        event.stopPropagation();
        setTyped(null);
      }}
    />
  );
};
