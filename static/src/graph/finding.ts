/** One thing validation has to say: where, what, and what to do. */
export interface Finding {
  /** Stable, such as `input_not_connected`. */
  readonly code: string;
  readonly message: string;
  readonly cure: string;
  readonly severity: "error" | "warning";
  readonly node: string;
  readonly port: string;
  readonly parameter: string;
  /** Of a module's source, from 1; 0 where there is none. */
  readonly line: number;
  /** JSON pointer into the document, where the shape is wrong. */
  readonly pointer: string;
}
