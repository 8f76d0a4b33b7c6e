/** The few signs of Markdown that descriptions of modules use, read into data: nothing in them can become markup. */

export type Inline =
  | { readonly kind: "text"; readonly text: string }
  | { readonly kind: "code"; readonly text: string }
  | { readonly kind: "strong"; readonly text: string }
  | { readonly kind: "soft"; readonly text: string }
  | { readonly kind: "link"; readonly text: string; readonly to: string };

export type Block =
  | { readonly kind: "paragraph"; readonly inlines: readonly Inline[] }
  | { readonly kind: "heading"; readonly inlines: readonly Inline[] }
  | { readonly kind: "code"; readonly text: string }
  | { readonly kind: "list"; readonly ordered: boolean; readonly items: readonly (readonly Inline[])[] };

const SIGNS = /(`[^`]+`|\*\*[^*]+\*\*|\*[^*\s][^*]*\*|\[[^\]]+\]\(https?:\/\/[^)\s]+\))/;

const inline = (part: string): Inline => {
  if (part.startsWith("`") && part.endsWith("`") && part.length > 2) {
    return { kind: "code", text: part.slice(1, -1) };
  }
  if (part.startsWith("**") && part.endsWith("**") && part.length > 4) {
    return { kind: "strong", text: part.slice(2, -2) };
  }
  if (part.startsWith("*") && part.endsWith("*") && part.length > 2) {
    return { kind: "soft", text: part.slice(1, -1) };
  }
  const link = /^\[([^\]]+)\]\((https?:\/\/[^)\s]+)\)$/.exec(part);
  if (link?.[1] !== undefined && link[2] !== undefined) return { kind: "link", text: link[1], to: link[2] };
  return { kind: "text", text: part };
};

export const readInline = (text: string): readonly Inline[] =>
  text
    .split(SIGNS)
    .filter((part) => part !== "")
    .map(inline);

const ITEM = /^\s*(?:[-*+]|(\d+)[.)])\s+(.*)$/;
const FENCE = /^\s*```/;

/** The first line of a list item, and whether the list is ordered; null for any other line. */
const itemOf = (line: string): { readonly ordered: boolean; readonly text: string } | null => {
  const found = ITEM.exec(line);
  return found ? { ordered: found[1] !== undefined, text: found[2] ?? "" } : null;
};

export const readMarkdown = (text: string): readonly Block[] => {
  const lines = text.replaceAll("\r\n", "\n").split("\n");
  const blocks: Block[] = [];
  let at = 0;
  const line = () => lines[at] ?? "";
  while (at < lines.length) {
    if (line().trim() === "") {
      at += 1;
      continue;
    }
    if (FENCE.test(line())) {
      const code: string[] = [];
      for (at += 1; at < lines.length && !FENCE.test(line()); at += 1) code.push(line());
      at += 1;
      blocks.push({ kind: "code", text: code.join("\n") });
      continue;
    }
    const heading = /^#{1,6}\s+(.*)$/.exec(line());
    if (heading) {
      blocks.push({ kind: "heading", inlines: readInline(heading[1] ?? "") });
      at += 1;
      continue;
    }
    const first = itemOf(line());
    if (first) {
      const items: string[] = [];
      for (; at < lines.length && line().trim() !== ""; at += 1) {
        const item = itemOf(line());
        const last = items.length - 1;
        if (item) items.push(item.text);
        else items[last] = `${items[last] ?? ""} ${line().trim()}`;
      }
      blocks.push({ kind: "list", ordered: first.ordered, items: items.map(readInline) });
      continue;
    }
    const paragraph: string[] = [];
    for (; at < lines.length && line().trim() !== "" && !FENCE.test(line()) && !itemOf(line()); at += 1) {
      paragraph.push(line().trim());
    }
    blocks.push({ kind: "paragraph", inlines: readInline(paragraph.join(" ")) });
  }
  return blocks;
};

/** The first paragraph as plain text: what a thing does, in a sentence or two. */
export const firstParagraph = (text: string): string => {
  const paragraph = readMarkdown(text).find((block) => block.kind === "paragraph");
  return paragraph?.kind === "paragraph" ? paragraph.inlines.map((one) => one.text).join("") : "";
};
