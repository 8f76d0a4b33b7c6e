/** The mark: three wired ports. */
export const Mark = () => (
  <svg viewBox="0 0 24 24" width="22" height="22" aria-hidden="true">
    <path
      d="M6 7.5v2.2c0 2.1 1.5 3.3 3.5 3.3h5c2 0 3.5 1.2 3.5 3.3v.7M6 9.7C6 12 7.5 13 9.5 13"
      fill="none"
      stroke="var(--accent)"
      strokeWidth="1.9"
      strokeLinecap="round"
    />
    <circle cx="6" cy="5.4" r="2.6" fill="var(--accent)" />
    <circle cx="18" cy="19" r="2.6" fill="var(--surface)" stroke="var(--accent)" strokeWidth="1.9" />
    <circle cx="6" cy="19" r="2.6" fill="var(--surface)" stroke="var(--accent)" strokeWidth="1.9" />
    <path d="M6 8v8.4" stroke="var(--accent)" strokeWidth="1.9" />
  </svg>
);
