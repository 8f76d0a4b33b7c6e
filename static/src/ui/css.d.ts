import "react";

declare module "react" {
  /** Custom properties may be set from a component. */
  interface CSSProperties {
    // eslint-disable-next-line @typescript-eslint/consistent-indexed-object-style -- only a signature can be merged into
    [property: `--${string}`]: string | number | undefined;
  }
}
