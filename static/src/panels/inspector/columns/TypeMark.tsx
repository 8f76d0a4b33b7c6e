import { Calendar, Tags } from "lucide-react";
import type { ReactNode } from "react";
import type { KnownColumn } from "@/graph/columns";
import { markOf } from "./picking";
import type { TypeMark as Mark } from "./picking";
import styles from "./columns.module.css";

const SIGNS: Readonly<Record<Mark, ReactNode>> = {
  integer: "12",
  double: "1.5",
  text: "ab",
  boolean: "t/f",
  time: <Calendar />,
  category: <Tags />,
  unknown: "?",
};

export interface TypeMarkProps {
  readonly column: KnownColumn | undefined;
}

/** The type of a column as a small sign. */
export const TypeMark = ({ column }: TypeMarkProps) => (
  <span className={styles.mark} data-mark={markOf(column)} title={column?.type} aria-hidden="true">
    {SIGNS[markOf(column)]}
  </span>
);
