export const errors = {
  unreachable: "The server does not answer.",
  unreachableCure: "Check that Designer is running, then try again.",
  uploadStopped: "The upload was stopped.",
  status: (status: number) =>
    status >= 500
      ? `The server failed (${String(status)}). Its log says why.`
      : `The server refused (${String(status)}).`,
  page: "This page failed to draw.",
  pageCure: "Reload it. If it happens again, tell us what you did.",
  updated: "Designer was updated.",
  updatedCure: "Reload to go on with the new version. What you edited is kept.",
  reload: "Reload",
  retry: "Try again",
  notFound: "There is no such page.",
  goHome: "Go home",
};
