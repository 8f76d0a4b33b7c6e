export const live = {
  lost: "Reconnecting… What you see is asked for every five seconds meanwhile.",
  refused: "Live updates are busy. What you see is asked for every five seconds.",
};

export const snippets = {
  title: "How to do this from Python or the command line",
  copy: "Copy",
  copied: "Copied.",
  notCopied: "The browser refused to copy. Select the text instead.",
};
