import styles from "./PortMark.module.css";

export interface PortMarkProps {
  readonly family: string;
  readonly type: string;
  readonly size?: number;
  /** Something is wired to it. */
  readonly filled?: boolean;
}

const shape = (family: string) => {
  switch (family) {
    case "model":
      return <path d="M6 .9 11.1 6 6 11.1.9 6Z" />;
    case "transformation":
      return <path d="M6 1.4 11.2 10.6H.8Z" />;
    case "file":
      return <rect x="1.6" y="1.6" width="8.8" height="8.8" rx="1" />;
    case "metrics":
      return <path d="M6 .8 11 4.5 9.1 10.6H2.9L1 4.5Z" />;
    case "any":
      return (
        <>
          <circle cx="6" cy="6" r="4.7" />
          <circle cx="6" cy="6" r="1.6" className={styles.hole} />
        </>
      );
    default:
      return <circle cx="6" cy="6" r="4.7" />;
  }
};

/** A port: shape by family, colour by type. */
export const PortMark = ({ family, type, size = 12, filled = false }: PortMarkProps) => (
  <svg
    viewBox="0 0 12 12"
    width={size}
    height={size}
    className={styles.port}
    data-type={type}
    data-filled={filled || undefined}
    aria-hidden="true"
  >
    {shape(family)}
  </svg>
);
