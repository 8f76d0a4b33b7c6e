import { Component } from "react";
import type { ReactNode } from "react";
import { PageError } from "./PageError";

interface BoundaryProps {
  readonly children: ReactNode;
  /** Another place: what failed at the last one is forgotten. */
  readonly place: string;
}

interface Failed {
  readonly error: unknown;
  readonly place: string;
}

/** What stands where a page failed to draw, so that the rest still works. */
// eslint-disable-next-line no-restricted-syntax -- React catches errors in classes only.
export class Boundary extends Component<BoundaryProps, Failed> {
  override state: Failed = { error: null, place: this.props.place };

  static getDerivedStateFromError(error: unknown): Partial<Failed> {
    return { error };
  }

  static getDerivedStateFromProps(props: BoundaryProps, state: Failed): Partial<Failed> | null {
    return props.place === state.place ? null : { error: null, place: props.place };
  }

  override render(): ReactNode {
    return this.state.error === null ? this.props.children : <PageError error={this.state.error} />;
  }
}
