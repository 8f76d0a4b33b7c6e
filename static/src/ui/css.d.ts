import "react";

declare module "react" {
  /** Custom properties may be set from a component. */
  // eslint-disable-next-line @typescript-eslint/consistent-indexed-object-style -- only an interface can be merged into
  interface CSSProperties {
    [property: `--${string}`]: string | number | undefined;
  }
}
