import { Switch as Primitive } from "radix-ui";
import { useId } from "react";
import styles from "./Switch.module.css";

export interface SwitchProps {
  readonly label: string;
  readonly checked: boolean;
  readonly onChange: (checked: boolean) => void;
  readonly help?: string;
  readonly disabled?: boolean;
  /** The label is for screen readers only. */
  readonly bare?: boolean;
}

/** On or off, at once. */
export const Switch = ({ label, checked, onChange, help, disabled, bare }: SwitchProps) => {
  const id = useId();
  return (
    <div className={styles.row}>
      <Primitive.Root
        id={id}
        className={styles.switch}
        checked={checked}
        disabled={disabled ?? false}
        onCheckedChange={onChange}
        {...(bare ? { "aria-label": label } : {})}
      >
        <Primitive.Thumb className={styles.thumb} />
      </Primitive.Root>
      {!bare && (
        <div>
          <label htmlFor={id} className={styles.label}>
            {label}
          </label>
          {help !== undefined && <p className={styles.help}>{help}</p>}
        </div>
      )}
    </div>
  );
};
