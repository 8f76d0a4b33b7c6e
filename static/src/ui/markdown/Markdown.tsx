import { readMarkdown } from "./markdown";
import type { Block, Inline } from "./markdown";
import styles from "./Markdown.module.css";

const Run = ({ one }: { readonly one: Inline }) => {
  switch (one.kind) {
    case "text":
      return one.text;
    case "code":
      return <code>{one.text}</code>;
    case "strong":
      return <strong>{one.text}</strong>;
    case "soft":
      return <em>{one.text}</em>;
    case "link":
      return (
        <a href={one.to} target="_blank" rel="noreferrer">
          {one.text}
        </a>
      );
  }
};

const Runs = ({ inlines }: { readonly inlines: readonly Inline[] }) => (
  <>
    {inlines.map((one, at) => (
      <Run key={at} one={one} />
    ))}
  </>
);

const Part = ({ block }: { readonly block: Block }) => {
  switch (block.kind) {
    case "paragraph":
      return (
        <p>
          <Runs inlines={block.inlines} />
        </p>
      );
    case "heading":
      return (
        <h4>
          <Runs inlines={block.inlines} />
        </h4>
      );
    case "code":
      return <pre>{block.text}</pre>;
    case "list": {
      const List = block.ordered ? "ol" : "ul";
      return (
        <List>
          {block.items.map((item, at) => (
            <li key={at}>
              <Runs inlines={item} />
            </li>
          ))}
        </List>
      );
    }
  }
};

export interface MarkdownProps {
  readonly text: string;
}

/** A description, drawn from text nodes only. */
export const Markdown = ({ text }: MarkdownProps) => (
  <div className={styles.markdown}>
    {readMarkdown(text).map((block, at) => (
      <Part key={at} block={block} />
    ))}
  </div>
);
