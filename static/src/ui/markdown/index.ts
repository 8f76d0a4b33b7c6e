export { Markdown } from "./Markdown";
export { firstParagraph } from "./markdown";
